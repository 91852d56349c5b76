// One bar of 100 %, split by device.
import type { Drawing, Frame } from "./frame.ts";
import type { PieData } from "./donut.ts";

export function devices(data: PieData, frame: Frame): Drawing {
  const { palette } = frame;
  const total = data.slices.reduce((sum, slice) => sum + slice.value, 0);
  const colors = data.slices.map((slice, index) => slice.color ?? palette.ramp[index % palette.ramp.length]!);
  return {
    option: {
      animation: false,
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { type: "value", show: false, max: total || 1 },
      yAxis: { type: "category", show: false, data: [""] },
      tooltip: { trigger: "item" },
      series: data.slices.map((slice, index) => ({
        type: "bar",
        stack: "all",
        barWidth: "100%",
        data: [slice.value],
        itemStyle: { color: colors[index], borderColor: palette.surface, borderWidth: 1.5, borderRadius: 4 },
        emphasis: { itemStyle: { opacity: 0.85 } },
      })),
    },
    tip: (index) => {
      const slice = data.slices[index]!;
      return {
        title: slice.name,
        lines: [{ color: colors[index], name: data.metric, value: `${frame.exact(slice.value)} (${slice.share})` }],
      };
    },
  };
}
