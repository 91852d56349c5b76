// What every chart is given beside its data, and what it gives back.
import type { EChartsCoreOption } from "echarts/core";
import type { Palette } from "../browser/appearance.ts";

export interface Frame {
  palette: Palette;
  width: number;
  height: number;
  isNarrow: boolean;
  short: (value: number) => string;
  exact: (value: number) => string;
}

/** A tooltip as text: a heading and lines of mark, name and value. It becomes DOM text, never markup. */
export interface Tip {
  title: string;
  lines: { color?: string; name: string; value: string }[];
}

export interface Drawing {
  option: EChartsCoreOption;
  /** The tooltip of a mark, by its index in the data; `kind` tells nodes from edges. */
  tip?: (index: number, kind?: string) => Tip;
}

export const text = (frame: Frame, color = frame.palette.ink3): object => ({
  color,
  fontSize: 12,
  fontFamily: frame.palette.font,
});

/** Round steps for an axis from 0 that holds `highest` in at most `steps` intervals. */
export function roundScale(highest: number, steps = 4): { max: number; interval: number } {
  const raw = Math.max(highest, 1) / steps;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= raw) ?? 10;
  const interval = Math.max(1, factor * power);
  const whole = Number.isInteger(interval) ? interval : Math.ceil(interval);
  return { interval: whole, max: whole * Math.max(1, Math.ceil(highest / whole)) };
}

/** Every how many buckets an axis label fits. */
export const labelStep = (buckets: number, frame: Frame): number =>
  Math.max(1, Math.ceil(buckets / Math.max(2, Math.floor(frame.width / (frame.isNarrow ? 85 : 95)))));

export function bucketAxis(labels: string[], frame: Frame, boundaryGap: boolean): object {
  const step = labelStep(labels.length, frame);
  return {
    type: "category",
    data: labels.map((_, index) => index),
    boundaryGap,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      ...text(frame),
      interval: (index: number) => index % step === 0,
      formatter: (_: string, index: number) => labels[index] ?? "",
      hideOverlap: true,
      alignMinLabel: boundaryGap ? undefined : "left",
      margin: 12,
    },
  };
}

export function countAxis(scale: { max: number; interval: number }, frame: Frame): object {
  return {
    type: "value",
    min: 0,
    ...scale,
    axisLabel: { ...text(frame), formatter: (value: number) => frame.short(value), margin: 8 },
    splitLine: { lineStyle: { color: frame.palette.line } },
  };
}
