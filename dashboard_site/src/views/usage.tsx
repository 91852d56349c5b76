// What the site's beacons cost this month: counted by Footfall itself, priced by the API.
import { parts } from "../state/lazy.ts";
import { exact, wholeDate } from "../text/format.ts";
import { LANG, t } from "../text/words.ts";

interface Usage {
  /** Start of the month in UTC, epoch ms. */
  from: number;
  requests: number;
  write_units: number;
  /** Requests over a budget of a minute, by its unit. */
  refused: Record<string, number>;
  /** Sessions that did not fit their hour's budget. */
  left_out: number;
  estimate_usd: number;
  /** Month of the list prices, YYYY-MM. */
  prices_of: string;
}

/** $12.30; below a dollar four digits ($0.0123), as a beacon costs a few millionths. */
const dollars = (value: number): string =>
  new Intl.NumberFormat(LANG, { style: "currency", currency: "USD", maximumFractionDigits: value < 1 ? 4 : 2 }).format(
    value,
  );
const sum = (counts: number[]): number => counts.reduce((one, other) => one + other, 0);
const month = (at: number): string => wholeDate(at, "month", "UTC");

export function SiteUsage({ site }: { site: string }) {
  const path = `/api/sites/${encodeURIComponent(site)}/usage`;
  const { value: usage, problem, retry } = parts.value!.useAnswer<Usage>(path);

  return (
    <section class="usage" aria-labelledby="usage-title" aria-busy={!usage && !problem}>
      <h3 id="usage-title">
        {t("usage")}
        {usage && ` · ${month(usage.from)}`}
      </h3>
      {problem && (
        <p class="problem" role="alert">
          {problem}{" "}
          <button type="button" class="link" onClick={retry}>
            {t("retry")}
          </button>
        </p>
      )}
      {!problem && (
        <dl class="facts">
          <div>
            <dt>{t("beacons")}</dt>
            <dd>{usage ? exact(usage.requests) : "…"}</dd>
          </div>
          <div>
            <dt>{t("writeUnits")}</dt>
            <dd>{usage ? exact(usage.write_units) : "…"}</dd>
          </div>
          <div>
            <dt>{t("estimate")}</dt>
            <dd>{usage ? dollars(usage.estimate_usd) : "…"}</dd>
          </div>
          <div>
            <dt>{t("refused")}</dt>
            <dd>{usage ? exact(sum(Object.values(usage.refused))) : "…"}</dd>
          </div>
          <div>
            <dt>{t("leftOut")}</dt>
            <dd>{usage ? exact(usage.left_out) : "…"}</dd>
          </div>
        </dl>
      )}
      {usage && usage.left_out > 0 && <p class="problem">{t("leftOutNote")}</p>}
      {usage && <p class="note">{t("estimateNote", month(Date.parse(usage.prices_of)))}</p>}
    </section>
  );
}
