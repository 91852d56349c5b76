// Activity over time by type of visitor: new below, returning on top.
import { bucketAxis, countAxis, roundScale, type Drawing, type Frame } from "./frame.ts";

export interface VisitorsData {
  labels: string[];
  names: string[];
  series: { name: string; values: number[] }[];
}

export function visitors(data: VisitorsData, frame: Frame): Drawing {
  const { palette } = frame;
  const totals = data.labels.map((_, index) => data.series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const colors = [palette.ramp[0]!, palette.ramp[2]!];
  return {
    option: {
      animation: false,
      grid: { left: 2, right: 2, top: 8, bottom: 2, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: bucketAxis(data.labels, frame, true),
      yAxis: countAxis(roundScale(Math.max(0, ...totals), 3), frame),
      tooltip: {
        trigger: "axis",
        axisPointer: { type: "shadow", shadowStyle: { color: palette.line, opacity: 0.5 } },
      },
      series: data.series.map((one, index) => ({
        type: "bar",
        stack: "all",
        data: one.values,
        barCategoryGap: "22%",
        barMaxWidth: 28,
        itemStyle: { color: colors[index] },
        emphasis: { disabled: true },
      })),
    },
    tip: (index) => ({
      title: data.names[index] ?? "",
      lines: data.series.map((one, at) => ({
        color: colors[at],
        name: one.name,
        value: frame.exact(one.values[index] ?? 0),
      })),
    }),
  };
}
