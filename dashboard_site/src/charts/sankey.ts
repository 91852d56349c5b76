// The way of sessions, step by step: columns in order of size, leaving last and grey.
import { text, type Drawing, type Frame } from "./frame.ts";

export interface FlowNode {
  name: string;
  step: number;
  value: number;
  isExit: boolean;
}

export interface FlowData {
  nodes: FlowNode[];
  /** Positions in `nodes`. */
  links: { from: number; to: number; value: number }[];
  steps: number;
  metric: string;
}

const LABEL_CHARACTERS = 26;

export function flow(data: FlowData, frame: Frame): Drawing {
  const { palette } = frame;
  return {
    option: {
      animation: false,
      tooltip: { trigger: "item" },
      series: [
        {
          type: "sankey",
          left: 1,
          right: 1,
          top: 6,
          bottom: 10,
          nodeWidth: 8,
          nodeGap: 16,
          layoutIterations: 0,
          draggable: false,
          nodeAlign: "left",
          emphasis: { focus: "trajectory", lineStyle: { opacity: 0.55 } },
          blur: { itemStyle: { opacity: 0.35 }, lineStyle: { opacity: 0.08 }, label: { opacity: 0.5 } },
          lineStyle: { curveness: 0.5, opacity: 1 },
          data: data.nodes.map((node, index) => ({
            name: String(index),
            depth: node.step,
            value: node.value,
            itemStyle: { color: node.isExit ? palette.ramp[4] : palette.ramp[0], borderWidth: 0, borderRadius: 2 },
            label: nodeLabel(node, data, frame),
          })),
          links: data.links.map((link) => {
            const grey = data.nodes[link.to]!.isExit;
            return {
              source: String(link.from),
              target: String(link.to),
              value: link.value,
              lineStyle: { color: grey ? palette.ink3 : palette.accent, opacity: grey ? 0.07 : 0.2 },
            };
          }),
        },
      ],
    },
    tip: (index, kind) => {
      const link = data.links[index]!;
      const title =
        kind === "edge" ? `${data.nodes[link.from]!.name} → ${data.nodes[link.to]!.name}` : data.nodes[index]!.name;
      const value = kind === "edge" ? link.value : data.nodes[index]!.value;
      return { title, lines: [{ name: data.metric, value: frame.exact(value) }] };
    },
  };
}

function nodeLabel(node: FlowNode, data: FlowData, frame: Frame): object {
  const { palette } = frame;
  const halo = { textBorderColor: palette.surface, textBorderWidth: 3 };
  const isLast = node.step === data.steps - 1;
  return {
    ...text(frame, palette.ink),
    ...halo,
    position: isLast ? "left" : "right",
    distance: isLast ? 4 : 7,
    ...(isLast && { backgroundColor: palette.surface, padding: [1, 4], borderRadius: 3 }), // links end behind it
    formatter: () => `${plain(cut(node.name))}  {v|${frame.short(node.value)}}`,
    rich: { v: { ...text(frame, palette.ink2), ...halo } },
  };
}

/** A name that holds the rich-text form `{style|` must stay text: a word joiner after the brace breaks the form. */
export const plain = (name: string): string => name.replaceAll("{", "{\u2060");

export function cut(name: string): string {
  const characters = [...name.replace(/\s+/g, " ")];
  return characters.length > LABEL_CHARACTERS
    ? `${characters.slice(0, LABEL_CHARACTERS - 1).join("")}…`
    : characters.join("");
}
