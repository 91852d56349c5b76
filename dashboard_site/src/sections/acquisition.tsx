// Where sessions come from: a donut, and the list that names its slices.
import type { Row } from "../api/api.ts";
import { palette } from "../browser/appearance.ts";
import type { PieData } from "../charts/donut.ts";
import { stats } from "../state/answers.ts";
import { share, short } from "../text/format.ts";
import { Card } from "../ui/card.tsx";
import { Missing, useRows } from "../ui/ranking.tsx";
import { Panel, Tabs } from "../ui/tabs.tsx";
import { Chart } from "../ui/chart.tsx";
import { columnsOf, Rows, ViewAll } from "../ui/rows.tsx";
import { tabOf, toggleFilter } from "../state/view.ts";
import { nameOf, t } from "../text/words.ts";

const SLICES = 5;
const SHOWN = 6;

/** The largest rows as slices, and all the rest as one more. */
export function slicesOf(dimension: string, rows: Row[], total: number): PieData["slices"] {
  const slice = (name: string, value: number): PieData["slices"][number] => ({
    name,
    value,
    share: share(value, total),
  });
  const largest = rows
    .slice(0, rows.length === SHOWN ? SHOWN : SLICES)
    .map((row) => slice(nameOf(dimension, row.id), row.sessions ?? 0));
  const rest = total - largest.reduce((sum, one) => sum + one.value, 0);
  return rest > 0 ? [...largest, { ...slice(t("other"), rest), color: palette.value.ramp[5] }] : largest;
}

export const summaryOf = (name: string, slices: PieData["slices"]): string =>
  t("summaryShare", name, slices.map((slice) => `${slice.name} ${slice.share}`).join(", "));

export function Acquisition() {
  const value = stats.answer.value.value;
  const dimension = tabOf("by");
  const asked = useRows(dimension, SHOWN);
  const rows = asked.value ?? [];
  const total = value?.totals.sessions ?? 0;
  const slices = slicesOf(dimension, rows, total);
  const pick = ({ index, isAlt }: { index: number; isAlt: boolean }): void => {
    const row = rows[index];
    if (row && slices[index]?.name === nameOf(dimension, row.id))
      toggleFilter(dimension, row.id, isAlt ? "is_not" : "is");
  };
  return (
    <Card
      id="acquisition"
      title={t("acquisition")}
      span={6}
      skeleton={250}
      tabs={<Tabs card="by" label={t("acquisition")} />}
    >
      <Panel card="by" class="split">
        {total && rows.length ? (
          <>
            <div class="donut">
              <Chart
                kind="pie"
                class="chart-donut"
                data={{ slices, metric: t("sessions") }}
                label={summaryOf(t("acquisition"), slices)}
                onPick={pick}
              />
              <p class="donut-hole" aria-hidden="true">
                <b>{short(total)}</b>
                {t("sessions")}
              </p>
            </div>
            <div class="split-list">
              <Rows
                card="by"
                dimension={dimension}
                rows={rows.slice(0, SHOWN)}
                columns={columnsOf(dimension, total)}
                hasBars={false}
                marks={rows
                  .slice(0, SHOWN)
                  .map(
                    (_, index) =>
                      palette.value.ramp[
                        slices.length > SHOWN || index >= slices.length || (index === SLICES && rows.length !== SHOWN)
                          ? 5
                          : index
                      ]!,
                  )}
              />
              <ViewAll dimension={dimension} />
            </div>
          </>
        ) : (
          <div class="split-list is-alone">
            <Rows card="by" dimension={dimension} rows={[]} columns={columnsOf(dimension, total)} />
            <Missing asked={asked} height={200} />
          </div>
        )}
      </Panel>
    </Card>
  );
}
