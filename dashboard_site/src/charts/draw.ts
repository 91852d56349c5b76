// The only file that knows ECharts' instances: mounts, redraws, resizes and removes charts, and turns tooltips into DOM text.
import { BarChart, LineChart, PieChart, SankeyChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { devices } from "./split_bar.ts";
import { flow } from "./sankey.ts";
import type { Drawing, Frame, Tip } from "./frame.ts";
import { growth } from "./lines.ts";
import { minutes } from "./minute_bars.ts";
import { pie } from "./donut.ts";
import { visitors } from "./stacked_bars.ts";

use([LineChart, BarChart, PieChart, SankeyChart, GridComponent, TooltipComponent, SVGRenderer]);

const BUILDERS = { growth, minutes, pie, visitors, devices, flow };
export type Kind = keyof typeof BUILDERS;
export type DataOf<K extends Kind> = Parameters<(typeof BUILDERS)[K]>[0];

export interface Mounted {
  show: <K extends Kind>(kind: K, data: DataOf<K>, frame: Frame) => void;
  remove: () => void;
}

/** A clicked mark: its place in the series and the series' place in the chart; `kind` tells nodes from edges. */
export interface Pick {
  index: number;
  series: number;
  kind?: string;
  isAlt: boolean;
}

type OnSpan = (first: number, last: number) => void;

/** Makes a chart in `element`; `onPick` gets every clicked mark, `onSpan` the buckets of a click or a drag. */
export function mount(element: HTMLElement, onPick: (pick: Pick) => void, onSpan?: OnSpan): Mounted {
  const chart = init(element, null, { renderer: "svg" });
  let tip: Drawing["tip"];
  chart.on("click", (event) => {
    const native = (event.event as { event?: MouseEvent } | undefined)?.event;
    onPick({
      index: event.dataIndex,
      series: event.seriesIndex ?? 0,
      kind: event.dataType,
      isAlt: native?.altKey ?? false,
    });
  });
  const stop =
    onSpan && watchDrag(element, (x) => chart.convertFromPixel({ xAxisIndex: 0 }, x) as unknown as number, onSpan);
  return {
    show(kind, data, frame) {
      const drawing = (BUILDERS[kind] as (data: DataOf<typeof kind>, frame: Frame) => Drawing)(data, frame);
      tip = drawing.tip;
      if (chart.getWidth() !== frame.width || chart.getHeight() !== frame.height)
        chart.resize({ width: frame.width, height: frame.height });
      chart.setOption({ ...drawing.option, tooltip: tooltip(drawing, frame) }, { notMerge: true });
    },
    remove() {
      stop?.();
      chart.dispose();
    },
  };

  function tooltip(drawing: Drawing, frame: Frame): object {
    const { palette } = frame;
    return {
      ...(drawing.option.tooltip as object),
      confine: true,
      transitionDuration: 0,
      padding: [8, 10],
      backgroundColor: palette.surface,
      borderColor: palette.line2,
      borderWidth: 1,
      extraCssText: "border-radius:8px;box-shadow:0 6px 20px rgb(0 0 0/.12);max-width:320px;white-space:normal",
      textStyle: { color: palette.ink, fontSize: 12, fontFamily: palette.font },
      formatter: (params: TipParams | TipParams[]) => {
        const one = Array.isArray(params) ? params[0]! : params;
        return asElements(
          tip!(one.seriesType === "bar" && !Array.isArray(params) ? one.seriesIndex : one.dataIndex, one.dataType),
        );
      },
    };
  }
}

interface TipParams {
  dataIndex: number;
  seriesIndex: number;
  seriesType: string;
  dataType?: string;
}

function asElements(tip: Tip): HTMLElement {
  const box = document.createElement("div");
  const title = box.appendChild(document.createElement("b"));
  title.className = "tip-title";
  title.textContent = tip.title;
  for (const line of tip.lines) {
    const row = box.appendChild(document.createElement("div"));
    row.className = "tip-line";
    const mark = row.appendChild(document.createElement("i"));
    if (line.color) mark.style.background = line.color;
    row.appendChild(document.createElement("span")).textContent = line.name;
    row.appendChild(document.createElement("b")).textContent = line.value;
  }
  return box;
}

const DRAG_PX = 6;

/** Reports a click as one bucket and a drag as the buckets it covers, and shows the drag while it lasts. */
function watchDrag(element: HTMLElement, bucketAt: (x: number) => number, onSpan: OnSpan): () => void {
  const brush = element.parentElement!.appendChild(document.createElement("i"));
  brush.className = "brush";
  brush.hidden = true;
  let start: number | null = null;
  const at = (event: PointerEvent): number => event.clientX - element.getBoundingClientRect().left;
  const down = (event: PointerEvent): void => {
    if (event.button === 0 && event.pointerType !== "touch") start = at(event);
  };
  const move = (event: PointerEvent): void => {
    if (start === null || Math.abs(at(event) - start) < DRAG_PX) return;
    brush.hidden = false;
    brush.style.left = `${Math.min(start, at(event))}px`;
    brush.style.width = `${Math.abs(at(event) - start)}px`;
  };
  const up = (event: PointerEvent): void => {
    if (start === null) return;
    const ends = [bucketAt(start), bucketAt(at(event))].sort((a, b) => a - b);
    start = null;
    brush.hidden = true;
    onSpan(ends[0]!, ends[1]!);
  };
  element.addEventListener("pointerdown", down);
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  return () => {
    element.removeEventListener("pointerdown", down);
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
  };
}
