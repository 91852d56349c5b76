// Why a source is what a session came from: the evidence by which it was found, with the sessions of each.
import { signal } from "@preact/signals";
import type { Row } from "../api/api.ts";
import { periodQuery } from "../state/address.ts";
import { writeFilter } from "../state/filters.ts";
import { dialog, view } from "../state/view.ts";
import { exact } from "../text/format.ts";
import { nameOf, t } from "../text/words.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useAnswer } from "../ui/use_answer.ts";

const asked = signal("");

export function openWhy(source: string): void {
  asked.value = source;
  dialog.value = "why";
}

export function Why({ close }: { close: () => void }) {
  const source = asked.value;
  const filter = { dimension: "source", operator: "is" as const, values: [source], conditions: [] };
  const more = new URLSearchParams({ filter: writeFilter(filter), dimension: "attributed_by", limit: "20" });
  const { value, problem, retry } = useAnswer<{ rows: Row[] }>(
    "/api/reports/list",
    `${periodQuery(view.value)}&${more.toString()}`,
  );
  return (
    <Dialog title={`${t("why")} ${nameOf("source", source)}`} onClose={close}>
      <p class="note">{t("whyNote")}</p>
      {problem && (
        <p class="problem" role="alert">
          {problem}{" "}
          <button type="button" class="link" onClick={retry}>
            {t("retry")}
          </button>
        </p>
      )}
      <div class="sheet" tabIndex={0} role="group" aria-label={t("attributed_by")} aria-busy={!value && !problem}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("attributed_by")}</th>
              <th scope="col">{t("channelRule")}</th>
              <th scope="col">{t("sessions")}</th>
            </tr>
          </thead>
          <tbody>
            {(value?.rows ?? []).map((row) => (
              <Evidence row={row} key={row.id} />
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}

/** `step:proof>rule`, as the collector wrote it down. */
function Evidence({ row }: { row: Row }) {
  const [found = "", rule] = row.id.split(">");
  return (
    <tr>
      <th scope="row">{found.replace(":", ": ")}</th>
      <td>{rule ? nameOf("channel", rule) : "–"}</td>
      <td>{exact(row.sessions ?? 0)}</td>
    </tr>
  );
}
