// The page of health: how fast pages are for their visitors, over all and by page, device, browser or country.
import "../main.tsx";
import { healthWords } from "#language/health.ts";
import type { TimingName, TimingRow } from "../api/api.ts";
import { adoptStyle } from "../browser/appearance.ts";
import { periodQuery } from "../state/address.ts";
import { isOneOf } from "../state/filters.ts";
import { parts } from "../state/lazy.ts";
import { go, isFiltered, toggleFilter, view } from "../state/view.ts";
import { exact, short } from "../text/format.ts";
import { learn, nameOf, t } from "../text/words.ts";
import { Card } from "../ui/card.tsx";
import { rove } from "../ui/roving.ts";
import { Gauge, gradeOf, TIMINGS, writeTiming } from "./gauge.tsx";
import style from "./health.css";

learn(healthWords);
adoptStyle(style);

const BY = ["page", "device", "browser", "country"] as const;
const SHOWN = 20;

export function Page() {
  const { useAnswer, Missing } = parts.value!;
  const { item } = view.value;
  const by = isOneOf(BY, item) ? item : BY[0];
  const asked = useAnswer<{ totals: TimingRow; rows: TimingRow[] }>(
    "/api/reports/timings",
    `${periodQuery(view.value)}&by=${by}&limit=${SHOWN}`,
  );
  const { value } = asked;
  const look = asked.isLoading && value ? "is-old" : "";
  return (
    <div class="grid">
      <Card
        id="vitals"
        title={t("vitals")}
        note={value ? t("vitalsNote", exact(value.totals.loads)) : ""}
        span={12}
        skeleton={300}
      >
        {value ? (
          <div class={`gauges ${look}`}>
            {TIMINGS.map((name) => (
              <Gauge key={name} name={name} timing={value.totals[name]} />
            ))}
          </div>
        ) : (
          <Missing asked={asked} height={300} />
        )}
      </Card>
      <Card id="timings" title={t("timings")} span={12} skeleton={300} tabs={<ByTabs by={by} />}>
        <div role="tabpanel" id="panel-timed" aria-labelledby={`tab-timed-${by}`} class={look}>
          {value?.rows.length ? <TimingTable by={by} rows={value.rows} /> : <Missing asked={asked} height={300} />}
        </div>
      </Card>
    </div>
  );
}

function ByTabs({ by }: { by: (typeof BY)[number] }) {
  return (
    <div class="tabs" role="tablist" aria-label={t("timings")} onKeyDown={(event) => rove(event, true)}>
      {BY.map((one) => (
        <button
          type="button"
          role="tab"
          key={one}
          id={`tab-timed-${one}`}
          aria-selected={one === by}
          aria-controls="panel-timed"
          tabIndex={one === by ? 0 : -1}
          onClick={() => go({ item: one === BY[0] ? "" : one })}
        >
          {t(one)}
        </button>
      ))}
    </div>
  );
}

function TimingTable({ by, rows }: { by: string; rows: TimingRow[] }) {
  return (
    <div class="timings" tabIndex={0} role="group" aria-label={t("timings")}>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t(by as (typeof BY)[number])}</th>
            <th scope="col">{t("loads")}</th>
            {TIMINGS.map((name) => (
              <th scope="col" key={name} title={t(`timing_${name}`)}>
                {name === "load" ? t("timing_load") : name.toUpperCase()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const isOn = isFiltered(by, row.id);
            return (
              <tr key={row.id} class={isOn ? "is-on" : ""} onClick={() => toggleFilter(by, row.id)}>
                <th scope="row">
                  <button type="button" aria-pressed={isOn} title={nameOf(by, row.id)}>
                    <bdi>{nameOf(by, row.id)}</bdi>
                  </button>
                </th>
                <td title={exact(row.loads)}>{short(row.loads)}</td>
                {TIMINGS.map((name) => (
                  <Cell name={name} row={row} key={name} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The 75th percentile, with a mark where it is not good. */
function Cell({ name, row }: { name: TimingName; row: TimingRow }) {
  const timing = row[name];
  if (!timing) return <td>–</td>;
  const grade = gradeOf(name, timing);
  return (
    <td class={`is-${grade}`} title={`${t(`grade_${grade}`)} · ${t("measured", exact(timing.n))}`}>
      {writeTiming(name, timing.p75)}
      {grade !== "good" && <span class="unseen"> {t(`grade_${grade}`)}</span>}
    </td>
  );
}
