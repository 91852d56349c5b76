// The numbers of the period, each beside the period before, above the growth chart.
import type { Totals as Figures, Stats } from "../api/api.ts";
import { METRICS, type Metric } from "../api/vocabulary.ts";
import { delta } from "../text/delta.ts";
import { decimal, duration, exact, percent, short } from "../text/format.ts";
import { dialog, go, view } from "../state/view.ts";
import { t } from "../text/words.ts";

interface Measure {
  key: keyof Figures;
  text: (value: number) => string;
  isRate?: boolean;
  lessIsBetter?: boolean;
  /** Values over time; only some of the totals have them. */
  line?: (stats: Stats) => number[];
}

const whole = (value: number): string => short(value);
const MEASURES: Measure[] = [
  { key: "users", text: whole, line: (stats) => stats.trend.users },
  { key: "sessions", text: whole, line: (stats) => stats.trend.sessions },
  { key: "pageviews", text: whole, line: (stats) => stats.trend.pageviews },
  { key: "bounce_rate", text: (value) => percent(value, 1), isRate: true, lessIsBetter: true },
  { key: "engagement_ms_per_session", text: (value) => duration(value) },
  {
    key: "views_per_session",
    text: (value) => decimal(value),
    line: (stats) =>
      stats.trend.sessions.map((sessions, index) => (sessions ? stats.trend.pageviews[index]! / sessions : 0)),
  },
];

export function Totals({ stats }: { stats: Stats | null }) {
  return (
    <div class="kpis">
      {MEASURES.map((measure) => (
        <Kpi key={measure.key} measure={measure} stats={stats} />
      ))}
    </div>
  );
}

function Kpi({ measure, stats }: { measure: Measure; stats: Stats | null }) {
  const { key, text, line } = measure;
  const isMetric = METRICS.some((metric) => metric === key);
  const isChosen = view.value.metric === key;
  const value = stats?.totals[key];
  const act = (): void => {
    if (isMetric) go({ metric: isChosen ? "" : (key as Metric) });
    else dialog.value = "glossary";
  };
  return (
    <button
      type="button"
      class="kpi"
      data-metric={key}
      aria-pressed={isMetric ? isChosen : undefined}
      aria-haspopup={isMetric ? undefined : "dialog"}
      onClick={act}
    >
      <span class="kpi-name">{t(key)}</span>
      <b class="kpi-value" title={value === undefined ? "" : exact(value)}>
        {value === undefined ? " " : text(value)}
      </b>
      <span class="kpi-change">
        {stats?.previous && <Change measure={measure} now={stats.totals[key]} before={stats.previous[key]} />}
      </span>
      {stats && line ? <Sparkline values={line(stats)} /> : <span class="spark" />}
    </button>
  );
}

function Change({ measure, now, before }: { measure: Measure; now: number; before: number }) {
  const { change, kind, mood } = delta(now, before, { rate: measure.isRate, lessIsBetter: measure.lessIsBetter });
  return (
    <>
      <span class={`change ${mood}`}>
        {kind === "none" ? "–" : kind === "new" ? t("isNew") : changeText(change!, measure.isRate)}
      </span>{" "}
      <span class="before" title={exact(before)}>
        {t("from", measure.text(before))}
      </span>
    </>
  );
}

/** Changes above it are shown as more than it. */
const LARGEST = 9.99;

/** ↑ 16.3 %, ↓ 2.5 pt: an arrow beside the size, so that colour says nothing alone. */
export function changeText(change: number, isRate = false): string {
  if (!change) return t("same");
  const size = Math.abs(change);
  const amount = isRate
    ? t("points", decimal(size * 100, 1))
    : size > LARGEST
      ? `>${percent(LARGEST)}`
      : percent(size, size < 0.995 ? 1 : 0);
  return `${change > 0 ? "↑" : "↓"} ${amount}`;
}

const WIDTH = 120;
const HEIGHT = 24;

function Sparkline({ values }: { values: number[] }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(HEIGHT - 2 - ((value - low) / (high - low || 1)) * (HEIGHT - 4)).toFixed(1)}`,
  );
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        vector-effect="non-scaling-stroke"
        stroke-linejoin="round"
      />
    </svg>
  );
}
