// The flow as its chart and its table show it.
import type { Flow } from "../api/api.ts";
import type { FlowData, FlowNode } from "../charts/sankey.ts";
import { nameOf, t } from "../text/words.ts";

export const EXIT = "(exit)";
export const OTHER = "(other)";
export type Node = FlowNode & { label: string };

/** Nodes with their sizes, each column in order of size with "other" and exit last; links by position. */
export function flowData(answer: Flow): FlowData & { nodes: Node[] } {
  const size = new Map<string, { in: number; out: number }>(answer.nodes.map((node) => [node.id, { in: 0, out: 0 }]));
  for (const link of answer.links) {
    size.get(link.source)!.out += link.value;
    size.get(link.target)!.in += link.value;
  }
  const first = Math.min(...answer.nodes.map((node) => node.step));
  const rank = (label: string): number => (label === EXIT ? 2 : label === OTHER ? 1 : 0);
  const sorted = answer.nodes
    .map((node) => ({ ...node, value: Math.max(size.get(node.id)!.in, size.get(node.id)!.out) }))
    .filter((node) => node.value)
    .sort((a, b) => a.step - b.step || rank(a.label) - rank(b.label) || b.value - a.value || (a.id < b.id ? -1 : 1));
  const position = new Map(sorted.map((node, index) => [node.id, index]));
  return {
    nodes: sorted.map((node) => ({
      label: node.label,
      name: nameOf("page", node.label),
      step: node.step - first,
      value: node.value,
      isExit: node.label === EXIT,
    })),
    links: answer.links
      .filter((link) => link.value)
      .map((link) => ({ from: position.get(link.source)!, to: position.get(link.target)!, value: link.value })),
    steps: new Set(sorted.map((node) => node.step)).size,
    metric: t("sessions"),
  };
}
