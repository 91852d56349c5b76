// A donut in one hue; the list beside it names every slice.
import type { Drawing, Frame } from "./frame.ts";

export interface PieData {
  slices: { name: string; value: number; color?: string; share: string }[];
  metric: string;
}

export function pie(data: PieData, frame: Frame): Drawing {
  const { palette } = frame;
  const colors = data.slices.map((slice, index) => slice.color ?? palette.ramp[index % palette.ramp.length]!);
  return {
    option: {
      animation: false,
      tooltip: { trigger: "item" },
      series: [
        {
          type: "pie",
          radius: ["70%", "100%"],
          center: ["50%", "50%"],
          startAngle: 90,
          label: { show: false },
          labelLine: { show: false },
          itemStyle: { borderColor: palette.surface, borderWidth: 2, borderRadius: 2 },
          emphasis: { scale: false, itemStyle: { opacity: 0.85 } },
          data: data.slices.map((slice, index) => ({
            value: slice.value,
            name: String(index),
            itemStyle: { color: colors[index] },
          })),
        },
      ],
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
