// Who is on the site at this moment; asked again every ten seconds.
import { live, zone } from "../state/answers.ts";
import { clock, exact, short } from "../text/format.ts";
import { Card } from "../ui/card.tsx";
import { Chart } from "../ui/chart.tsx";
import { Rows } from "../ui/rows.tsx";
import { t } from "../text/words.ts";

const MINUTE_MS = 60_000;
const SHOWN_PAGES = 5;

export function Now() {
  const { value, error, at } = live.answer.value;
  const names = (value?.minutes ?? []).map((_, index, all) =>
    clock(value!.at - (all.length - 1 - index) * MINUTE_MS, zone()),
  );
  const peak = Math.max(0, ...(value?.minutes ?? []));
  return (
    <Card id="now" title={t("now")} span={4} skeleton={420} class="now-card" answer={live.answer} hasChart>
      {value && (
        <>
          <p class="live-number" title={exact(value.live_users)}>
            {short(value.live_users)}
          </p>
          <p class="live-note" role="status">
            {error ? t("reconnecting", clock(at, zone())) : t("last5")}
          </p>
          <p class="legend is-spread">
            <span>{t("perMinute")}</span>
            <span>{t("peak", short(peak))}</span>
          </p>
          <Chart
            kind="minutes"
            class="chart-minutes"
            data={{ values: value.minutes, names, metric: t("users") }}
            label={`${t("perMinute")}: ${value.minutes.map((one) => exact(one)).join(", ")}`}
          />
          <p class="legend is-spread is-under">
            <span>{t("minutesAgo")}</span>
            <span>{t("nowEnd")}</span>
          </p>
          {value.pages.length ? (
            <div class="now-pages">
              <Rows
                dimension="page"
                rows={value.pages.slice(0, SHOWN_PAGES)}
                columns={[{ head: t("views"), text: (row) => short(row.pageviews ?? 0) }]}
              />
            </div>
          ) : (
            <p class="note">{t("noActive")}</p>
          )}
        </>
      )}
    </Card>
  );
}
