// New visitors (one session in the period) and returning ones (more), as shares and over time.
import { palette } from "../browser/appearance.ts";
import { stats } from "../state/answers.ts";
import { axisDate, exact, percent, share, short, wholeDate } from "../text/format.ts";
import { later } from "../state/lazy.ts";
import { Card, Nothing } from "../ui/card.tsx";
import { Chart } from "../ui/chart.tsx";
import { t } from "../text/words.ts";
import { summaryOf } from "./acquisition.tsx";

export function Visitors() {
  const value = stats.answer.value.value;
  return (
    <Card id="visitors" title={t("visitors")} span={6} skeleton={250} hasChart>
      {value && (value.totals.users ? <Both /> : <Nothing height={250} />)}
    </Card>
  );
}

function Both() {
  const { visitors, meta } = stats.answer.value.value!;
  const total = visitors.new + visitors.returning;
  const slice = (
    name: string,
    users: number,
    color: string,
  ): { name: string; value: number; share: string; color: string } => ({
    name,
    value: users,
    share: share(users, total),
    color,
  });
  const { ramp } = palette.value;
  const slices = [
    slice(t("isNewVisitor"), visitors.new, ramp[0]!),
    slice(t("returning"), visitors.returning, ramp[2]!),
  ];
  const bars = {
    labels: visitors.t.map((at) => axisDate(at, meta.bucket, meta.tz)),
    names: visitors.t.map((at) => wholeDate(at, meta.bucket, meta.tz)),
    series: [
      { name: t("isNewVisitor"), values: visitors.new_pageviews },
      { name: t("returning"), values: visitors.returning_pageviews },
    ],
  };
  return (
    <div class="split">
      <div class="donut">
        <Chart
          kind="pie"
          class="chart-donut"
          data={{ slices, metric: t("users") }}
          label={summaryOf(t("visitors"), slices)}
        />
        <p class="donut-hole" aria-hidden="true">
          <b>{percent(total ? visitors.new / total : 0)}</b>
          {t("newShare")}
        </p>
      </div>
      <div class="split-list">
        <p class="legend">
          {slices.map((one) => (
            <span key={one.name} title={exact(one.value)}>
              <i class="mark" style={{ background: one.color }} />
              {one.name} <b>{short(one.value)}</b>
            </span>
          ))}
          <span class="aside">{t("pageviews")}</span>
        </p>
        <Chart
          kind="visitors"
          class="chart-bars"
          data={bars}
          onPick={({ index }) => void later().then(({ zoom }) => zoom(index, index))}
          label={t(
            "summaryShare",
            t("pageviews"),
            bars.series
              .map((one) => `${one.name} ${exact(one.values.reduce((sum, views) => sum + views, 0))}`)
              .join(", "),
          )}
        />
      </div>
    </div>
  );
}
