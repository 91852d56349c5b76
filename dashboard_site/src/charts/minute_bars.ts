// Users in each of the last 30 minutes: the five of "live" dark, the minute still running faded.
import type { Drawing, Frame } from "./frame.ts";

export interface MinutesData {
  values: number[];
  /** Name of each minute, such as "13:24". */
  names: string[];
  metric: string;
}

const LIVE_MINUTES = 5;

export function minutes(data: MinutesData, frame: Frame): Drawing {
  const { palette } = frame;
  const count = data.values.length;
  const style = (index: number): object => ({
    color: index >= count - LIVE_MINUTES ? palette.accent : palette.ramp[1],
    opacity: index === count - 1 ? 0.45 : index >= count - LIVE_MINUTES ? 1 : 0.8,
    borderRadius: [2, 2, 0, 0],
  });
  return {
    option: {
      animation: false,
      grid: { left: 0, right: 0, top: 2, bottom: 0 },
      xAxis: { type: "category", show: false, data: data.names },
      yAxis: { type: "value", show: false, min: 0, max: Math.max(1, ...data.values) },
      tooltip: { trigger: "axis", axisPointer: { type: "none" } },
      series: [
        {
          type: "bar",
          data: data.values.map((value, index) => ({ value, itemStyle: style(index) })),
          barCategoryGap: "18%",
          barMinHeight: 1,
          emphasis: { disabled: true },
        },
      ],
    },
    tip: (index) => ({
      title: data.names[index] ?? "",
      lines: [{ color: palette.accent, name: data.metric, value: frame.exact(data.values[index] ?? 0) }],
    }),
  };
}
