// The address of what is on the screen, and links for readers without a token.
import { useEffect } from "preact/hooks";
import { writeFilter } from "../state/filters.ts";
import { loadSites, role } from "../state/answers.ts";
import { view } from "../state/view.ts";
import { t } from "../text/words.ts";
import { CopyLine } from "../ui/copy_line.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Secrets } from "./secrets.tsx";

export function Share({ close }: { close: () => void }) {
  useEffect(() => void loadSites().catch(() => {}), []); // tells what the reader may do
  const { site, filters } = view.value;
  return (
    <Dialog title={t("shareLink")} onClose={close}>
      <p class="note">{t("addressNote")}</p>
      <CopyLine text={location.href} label={t("addressNote")} />
      {role.value === "admin" && (
        <>
          <Secrets
            path={`/api/sites/${encodeURIComponent(site)}/shares`}
            list="shares"
            title={t("shares")}
            body={(name) => ({ name, filters: filters.map(writeFilter) })}
            wrap={(secret) => `${location.origin}/#share=${secret}`}
          />
          <p class="note">{t("sharesNote")}</p>
        </>
      )}
    </Dialog>
  );
}
