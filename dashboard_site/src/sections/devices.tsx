// What people use and where they are.
import { palette } from "../browser/appearance.ts";
import { stats } from "../state/answers.ts";
import { exact } from "../text/format.ts";
import { Card, Nothing } from "../ui/card.tsx";
import { Ranking } from "../ui/ranking.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Chart } from "../ui/chart.tsx";
import { isFiltered, toggleFilter } from "../state/view.ts";
import { t } from "../text/words.ts";
import { slicesOf, summaryOf } from "./acquisition.tsx";

const SHOWN = 7;
const RAMP = [0, 2, 4, 5, 3, 1];

export function Devices() {
  const total = stats.answer.value.value?.totals.sessions ?? 0;
  return (
    <Card id="devices" title={t("devices")} span={5} skeleton={339}>
      {total ? (
        <>
          <DeviceBar />
          <div class="tab-line">
            <Tabs card="tech" label={t("devices")} />
          </div>
          <Ranking card="tech" shown={SHOWN} height={240} />
        </>
      ) : (
        <Nothing height={339} />
      )}
    </Card>
  );
}

function DeviceBar() {
  const { top, totals } = stats.answer.value.value!;
  const rows = top.device ?? [];
  const slices = slicesOf("device", rows, totals.sessions).map((slice, index) => ({
    ...slice,
    color: palette.value.ramp[RAMP[index] ?? 5],
  }));
  const press = (index: number, isAlt: boolean): void => {
    const row = rows[index];
    if (row) toggleFilter("device", row.id, isAlt ? "is_not" : "is");
  };
  return (
    <>
      <Chart
        kind="devices"
        class="chart-devices"
        data={{ slices, metric: t("sessions") }}
        label={summaryOf(t("device"), slices)}
        onPick={({ series, isAlt }) => press(series, isAlt)}
      />
      <p class="legend is-buttons">
        {slices.map((slice, index) => (
          <button
            type="button"
            key={slice.name}
            title={exact(slice.value)}
            aria-pressed={rows[index] ? isFiltered("device", rows[index].id) : undefined}
            onClick={(event) => press(index, event.altKey)}
          >
            <i class="mark" style={{ background: slice.color }} />
            <bdi>{slice.name}</bdi> <b>{slice.share}</b>
          </button>
        ))}
      </p>
    </>
  );
}
