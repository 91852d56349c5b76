// Users, sessions and pageviews over time, under the totals that choose between them.
import { METRICS, type Metric } from "../api/vocabulary.ts";
import type { Stats } from "../api/api.ts";
import type { GrowthData } from "../charts/lines.ts";
import { stats } from "../state/answers.ts";
import { axisDate, exact, short, wholeDate } from "../text/format.ts";
import { later } from "../state/lazy.ts";
import { Card } from "../ui/card.tsx";
import { Chart } from "../ui/chart.tsx";
import { rove } from "../ui/roving.ts";
import { go, view } from "../state/view.ts";
import { t } from "../text/words.ts";
import { Totals } from "./totals.tsx";

export function Growth() {
  const value = stats.answer.value.value;
  return (
    <Card
      id="growth"
      title={t("growth")}
      span={8}
      skeleton={296}
      class="growth-card"
      hasChart
      top={<Totals stats={value} />}
      tabs={<Shown />}
    >
      {value && <GrowthChart stats={value} />}
    </Card>
  );
}

function Shown() {
  const { metric } = view.value;
  return (
    <div class="segments is-quiet" role="radiogroup" aria-label={t("growth")} onKeyDown={(event) => rove(event, true)}>
      {(["", ...METRICS] as const).map((one) => (
        <button
          type="button"
          role="radio"
          key={one}
          aria-checked={one === metric}
          tabIndex={one === metric ? 0 : -1}
          onClick={() => go({ metric: one })}
        >
          {one ? t(one) : t("allThree")}
        </button>
      ))}
    </div>
  );
}

function GrowthChart({ stats: { meta, totals, trend } }: { stats: Stats }) {
  const chosen: Metric = view.value.metric || "users";
  const shown = view.value.metric ? [chosen] : METRICS;
  const counting = countingBucket(trend.t, meta);
  const data: GrowthData = {
    labels: trend.t.map((at) => axisDate(at, meta.bucket, meta.tz)),
    names: trend.t.map((at) => wholeDate(at, meta.bucket, meta.tz)),
    series: shown.map((metric) => ({ name: t(metric), values: trend[metric], isChosen: metric === chosen })),
    previous: trend.previous && { name: `${t("previousPeriod")} (${t(chosen)})`, values: trend.previous[chosen] },
    counting,
  };
  return (
    <div>
      <p class="legend">
        <span>
          <i class="line-mark" />
          {t("thisPeriod")}
        </span>
        {trend.previous && (
          <span>
            <i class="line-mark is-dashed" />
            {t("previousPeriod")}
          </span>
        )}
        {counting >= 0 && <span class="aside">{t("stillCounting")}</span>}
      </p>
      <Chart
        kind="growth"
        data={data}
        class="chart-growth"
        label={summary(data, trend[chosen], totals[chosen], t(chosen))}
        onSpan={(first, last) => void later().then(({ zoom }) => zoom(first, last))}
      />
      {chosen === "users" && <p class="unseen">{t("usersNote")}</p>}
    </div>
  );
}

/** Index of the bucket that holds the present moment; -1 when the span is over. */
export const countingBucket = (buckets: number[], meta: Stats["meta"]): number =>
  meta.unfinished ? buckets.findLastIndex((at) => at <= meta.generated_at) : -1;

/** The period's own total: users of the buckets do not add up to it. */
function summary(data: GrowthData, values: number[], total: number, name: string): string {
  const highest = Math.max(0, ...values);
  return t("summaryTrend", name, exact(total), short(highest), data.names[values.indexOf(highest)] ?? "–");
}
