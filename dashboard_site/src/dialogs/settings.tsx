// The site's facts, and the line of code that makes it count.
import { useEffect } from "preact/hooks";
import { live, loadSites, sites } from "../data.ts";
import { snippet } from "../sections/onboarding.tsx";
import { view } from "../view.ts";
import { t } from "../words.ts";
import { Dialog } from "./dialog.tsx";
import { CopyLine } from "./share.tsx";

export function Settings({ close }: { close: () => void }) {
  useEffect(() => void loadSites().catch(() => {}), []);
  const site = sites.value.find((one) => one.id === view.value.site);
  const now = live.answer.value.value;
  const isHeard = now?.minutes.some((users) => users > 0);
  return (
    <Dialog title={t("settings")} onClose={close}>
      <dl class="facts">
        <div><dt>{t("site")}</dt><dd>{site?.name || view.value.site}</dd></div>
        <div><dt>{t("hostnames")}</dt><dd>{site?.hostnames?.join(", ") || "–"}</dd></div>
        <div><dt>{t("timeZone")}</dt><dd>{site?.time_zone || "–"}</dd></div>
      </dl>
      <CopyLine text={snippet()} label={t("waitingNote")} />
      <p class="note" role="status">{isHeard ? `✓ ${t("last5")}: ${now!.live_users}` : t("waiting")}</p>
    </Dialog>
  );
}
