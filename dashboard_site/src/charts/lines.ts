// Growth over time: a line for each metric, the chosen one filled; the period before dashed, what is still counting dotted.
import { bucketAxis, countAxis, roundScale, text, type Drawing, type Frame } from "./frame.ts";

export interface GrowthData {
  /** Axis label and full name of each bucket. */
  labels: string[];
  names: string[];
  series: { name: string; values: number[]; isChosen: boolean }[];
  previous: { name: string; values: number[] } | null;
  /** Index of the bucket that is still counting; -1 when all are whole. Later buckets lie in the future. */
  counting: number;
}

const LABEL_GAP = 17;

export function growth(data: GrowthData, frame: Frame): Drawing {
  const { palette } = frame;
  const last = data.counting < 0 ? data.labels.length - 1 : data.counting;
  const shown = data.series.map((one) => one.values.slice(0, last + 1));
  const scale = roundScale(Math.max(0, ...shown.flat(), ...(data.previous?.values ?? [])));
  const named = !frame.isNarrow || data.series.length > 1;
  const grid = {
    left: 4,
    right: named ? (frame.isNarrow ? 68 : 84) : 12,
    top: 10,
    bottom: 4,
    outerBoundsMode: "same",
    outerBoundsContain: "axisLabel",
  };
  const offsets = spread(
    shown.map((values) => values.at(-1) ?? 0),
    scale.max,
    frame.height - 40,
  );
  const lines = data.series.flatMap((one, index) => {
    const color = one.isChosen ? palette.accent : palette.muted;
    const label = {
      show: named,
      formatter: () => one.name,
      distance: 6,
      offset: [0, offsets[index]],
      ...text(frame, one.isChosen ? palette.accent : palette.ink3),
      fontWeight: one.isChosen ? 600 : 400,
    };
    return metricLines(one.values, last, data.counting >= 0, { color, label, isChosen: one.isChosen });
  });
  return {
    option: {
      animation: false,
      grid,
      xAxis: bucketAxis(data.labels, frame, false),
      yAxis: countAxis(scale, frame),
      tooltip: { trigger: "axis", axisPointer: { type: "line", lineStyle: { color: palette.line2 } } },
      series: [...previousLine(data, frame), ...lines],
    },
    tip: (index) => ({
      title: data.names[index] ?? "",
      lines: [
        ...data.series.map((one) => ({
          color: one.isChosen ? palette.accent : palette.muted,
          name: one.name,
          value: frame.exact(one.values[index] ?? 0),
        })),
        ...(data.previous && data.previous.values[index] !== undefined
          ? [{ name: data.previous.name, value: frame.exact(data.previous.values[index]) }]
          : []),
      ],
    }),
  };
}

function previousLine(data: GrowthData, frame: Frame): object[] {
  if (!data.previous) return [];
  const style = { color: frame.palette.ink3, width: 1.3, type: [4, 4] };
  return [
    {
      type: "line",
      data: data.previous.values.slice(0, data.labels.length),
      symbol: "none",
      silent: true,
      lineStyle: style,
      z: 1,
    },
  ];
}

interface Look {
  color: string;
  label: object;
  isChosen: boolean;
}

/** The whole buckets as one line, and the last step to the one still counting as a dotted second. */
function metricLines(values: number[], last: number, isCounting: boolean, look: Look): object[] {
  const whole = isCounting ? last - 1 : last;
  const base = {
    type: "line",
    symbol: "circle",
    symbolSize: 6,
    showSymbol: false,
    itemStyle: { color: look.color },
    emphasis: { disabled: true },
    z: look.isChosen ? 4 : 2,
  };
  const width = look.isChosen ? 2.2 : 1.5;
  const solid = {
    ...base,
    data: values.slice(0, whole + 1),
    showSymbol: whole === 0,
    lineStyle: { color: look.color, width },
    areaStyle: look.isChosen ? { color: fade(look.color) } : undefined,
    endLabel: isCounting ? undefined : look.label,
  };
  if (!isCounting) return [solid];
  const tail = values
    .map((value, index) => (index === last || (index === whole && whole >= 0) ? value : null))
    .slice(0, last + 1);
  return [
    solid,
    {
      ...base,
      data: tail,
      showSymbol: whole < 0,
      lineStyle: { color: look.color, width, type: [2, 3] },
      endLabel: look.label,
    },
  ];
}

const fade = (color: string): object => ({
  type: "linear",
  x: 0,
  y: 0,
  x2: 0,
  y2: 1,
  colorStops: [
    { offset: 0, color: `${color}26` },
    { offset: 1, color: `${color}05` },
  ],
});

/** How far to move end labels, so that neighbours stand a line apart (ECharts does not declutter them). */
export function spread(values: number[], max: number, height: number): number[] {
  const wanted = values.map((value, index) => ({ index, y: height * (1 - value / max) })).sort((a, b) => a.y - b.y);
  const offsets = new Array<number>(values.length).fill(0);
  let floor = height + LABEL_GAP;
  for (const label of wanted.reverse()) {
    const y = Math.min(label.y, floor - LABEL_GAP);
    offsets[label.index] = y - label.y;
    floor = y;
  }
  return offsets;
}
