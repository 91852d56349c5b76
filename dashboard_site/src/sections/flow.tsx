// Where sessions go, page by page, until they leave.
import type { Flow as FlowAnswer } from "../api.ts";
import type { FlowData, FlowNode } from "../charts/flow.ts";
import { flow } from "../data.ts";
import { exact } from "../format.ts";
import { Card, Nothing } from "../parts/card.tsx";
import { Chart } from "../parts/chart.tsx";
import { toggleFilter } from "../view.ts";
import { nameOf, t } from "../words.ts";

const EXIT = "(exit)";
const OTHER = "(other)";
type Node = FlowNode & { label: string };

/** Nodes with their sizes, each column in order of size with "other" and exit last; links by position. */
export function flowData(answer: FlowAnswer): FlowData & { nodes: Node[] } {
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
    nodes: sorted.map((node) => ({ label: node.label, name: nameOf("page", node.label), step: node.step - first, value: node.value, isExit: node.label === EXIT })),
    links: answer.links.filter((link) => link.value).map((link) => ({ from: position.get(link.source)!, to: position.get(link.target)!, value: link.value })),
    steps: new Set(sorted.map((node) => node.step)).size,
    metric: t("sessions"),
  };
}

export function Flow() {
  const { value } = flow.answer.value;
  const data = value && value.nodes.length ? flowData(value) : null;
  return (
    <Card id="flow" title={t("flow")} note={t("flowNote")} span={12} skeleton={386} answer={flow.answer} hasChart>
      {data && data.links.length ? <FlowChart data={data} /> : <Nothing height={386} />}
    </Card>
  );
}

function FlowChart({ data }: { data: FlowData & { nodes: Node[] } }) {
  const pick = ({ index, kind, isAlt }: { index: number; kind?: string; isAlt: boolean }): void => {
    const label = kind === "edge" ? data.nodes[data.links[index]!.to]!.label : data.nodes[index]!.label;
    if (label !== EXIT && label !== OTHER) toggleFilter("page", label, isAlt ? "is_not" : "is");
  };
  const largest = data.nodes.filter((node) => node.step === 0).slice(0, 3);
  const label = t("summaryShare", t("flow"), largest.map((node) => `${node.name} ${exact(node.value)}`).join(", "));
  return (
    <div class="flow-scroll" tabIndex={0} role="group" aria-label={t("flow")}>
      <div class="flow-wide">
        <p class="flow-steps" aria-hidden="true">
          {Array.from({ length: data.steps }, (_, index) => <span key={index}>{index ? t("step", String(index + 1)) : t("landing")}</span>)}
        </p>
        <Chart kind="flow" class="chart-flow" data={data} label={label} onPick={pick} />
      </div>
    </div>
  );
}
