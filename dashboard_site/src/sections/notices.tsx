// What the reader must know before reading the numbers: missing days, no connection, no right, nothing there.
import { refresh, stats, zone } from "../state/answers.ts";
import { clock } from "../text/format.ts";
import { clearFilters, go, view } from "../state/view.ts";
import { t } from "../text/words.ts";
import { Onboarding, useUntouched } from "./onboarding.tsx";

export function Notices() {
  const { value, error, at } = stats.answer.value;
  const when = clock(at || Date.now(), zone());
  return (
    <div class="notices" role="status">
      {error?.status === 403 && <p class="notice">{t("forbidden")}</p>}
      {error && value && (
        <p class="notice">
          {t("failedRefresh", when)}{" "}
          <button type="button" class="link" onClick={refresh}>
            {t("retry")}
          </button>
        </p>
      )}
      {error?.status === 400 && error.message && <p class="notice">{error.message}</p>}
      {value && value.meta.partial.length > 0 && <p class="notice">{t("partial", value.meta.partial.join(", "))}</p>}
      {value && !value.totals.sessions && <EmptyNotice />}
    </div>
  );
}

function EmptyNotice() {
  const { filters, range } = view.value;
  if (useUntouched()) return <Onboarding />;
  return (
    <p class="notice">
      {t("empty")}{" "}
      {filters.length > 0 && (
        <button type="button" class="link" onClick={clearFilters}>
          {t("clearFilters")}
        </button>
      )}{" "}
      {range !== "all" && (
        <button type="button" class="link" onClick={() => go({ range: "all" })}>
          {t("widen")}
        </button>
      )}
    </p>
  );
}
