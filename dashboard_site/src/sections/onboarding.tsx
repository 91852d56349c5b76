// A site that has never had an event: the line to put into its pages, until the first one comes.
import { snippet } from "../ui/snippet.ts";
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { STATS } from "../state/address.ts";
import { ask, type Stats } from "../api/api.ts";
import { CopyLine } from "../ui/copy_line.tsx";
import { live, stats } from "../state/answers.ts";
import { view } from "../state/view.ts";
import { t } from "../text/words.ts";

/** Sites found without any event at all, by id. */
const untouched = signal<ReadonlySet<string>>(new Set());

/** Whether the site has no event in all its time; asked once when a period turns out empty. */
export function useUntouched(): boolean {
  const { site } = view.value;
  useEffect(() => {
    let isCurrent = true;
    const keep = (answer: Stats): void => {
      if (isCurrent && !answer.totals.sessions) untouched.value = new Set([...untouched.peek(), site]);
    };
    ask<Stats>(STATS, new URLSearchParams({ site, range: "all", limit: "1" }).toString()).then(keep, () => {}); // the notice stays
    return () => void (isCurrent = false);
  }, [site]);
  return untouched.value.has(site);
}

export function Onboarding() {
  useEffect(
    () =>
      effect(() => {
        if (!live.answer.value.value?.minutes.some((users) => users > 0)) return;
        untouched.value = new Set();
        void stats.load();
      }),
    [],
  );
  return (
    <section class="card onboarding" aria-labelledby="onboarding-title">
      <h2 id="onboarding-title">
        <i class="dot" /> {t("waiting")}
      </h2>
      <p class="note">{t("waitingNote")}</p>
      <CopyLine text={snippet()} label={t("waitingNote")} />
    </section>
  );
}
