// One timing: its 75th percentile on a scale of three parts, and how many loads were good, middling and poor.
import type { Timing, TimingName } from "../api/api.ts";
import { decimal, exact, percent } from "../text/format.ts";
import { t } from "../text/words.ts";

/** Good up to the first, poor beyond the second: ms, of the layout shift its own unit. */
export const BOUNDS: Record<TimingName, [number, number]> = {
  lcp: [2500, 4000],
  inp: [200, 500],
  cls: [0.1, 0.25],
  load: [2500, 4000],
  fcp: [1800, 3000],
  ttfb: [800, 1800],
};
export const TIMINGS = Object.keys(BOUNDS) as TimingName[];
/** Below so many loads a grade would say more than is known. */
const FEW = 50;
/** Widths of the parts of the scale, in percent; the last ends at twice the second bound. */
const PARTS = [50, 30, 20] as const;

export type Grade = "good" | "needs" | "poor" | "few";

export function gradeOf(name: TimingName, { n, p75 }: Timing): Grade {
  const [good, poor] = BOUNDS[name];
  if (n < FEW) return "few";
  return p75 <= good ? "good" : p75 <= poor ? "needs" : "poor";
}

/** 0.04; 236 ms; from a second on 2.1 s. */
export function writeTiming(name: TimingName, value: number): string {
  if (name === "cls") return decimal(value);
  return value < 1000 ? t("milliseconds", exact(Math.round(value))) : t("seconds", decimal(value / 1000, 1));
}

/** Where on the scale a value stands, in percent. */
function placeOf(name: TimingName, value: number): number {
  const [good, poor] = BOUNDS[name];
  if (value <= good) return (PARTS[0] * value) / good;
  if (value <= poor) return PARTS[0] + (PARTS[1] * (value - good)) / (poor - good);
  return PARTS[0] + PARTS[1] + PARTS[2] * Math.min(1, (value - poor) / poor);
}

export function Gauge({ name, timing }: { name: TimingName; timing: Timing | null }) {
  const grade = timing && gradeOf(name, timing);
  return (
    <div class="gauge">
      <h3>
        {t(`timing_${name}`)} <abbr>{name === "load" ? "" : name.toUpperCase()}</abbr>
        {grade && <span class={`grade is-${grade}`}>{t(`grade_${grade}`)}</span>}
      </h3>
      <p class="gauge-value">{timing ? writeTiming(name, timing.p75) : "–"}</p>
      <div class="scale" aria-hidden="true">
        <i class="is-good" />
        <i class="is-needs" />
        <i class="is-poor" />
        {timing && <b style={{ left: `${placeOf(name, timing.p75)}%` }} />}
      </div>
      <p class="bounds" aria-hidden="true">
        {BOUNDS[name].map((bound) => (
          <span key={bound}>{writeTiming(name, bound)}</span>
        ))}
      </p>
      <p class="note">{timing ? sayShares(timing) : t("notMeasured")}</p>
    </div>
  );
}

const sayShares = ({ n, good, needs, poor }: Timing): string =>
  n < FEW ? t("fewLoads", exact(n)) : t("gradeShares", ...[good, needs, poor].map((part) => percent(part / n)));
