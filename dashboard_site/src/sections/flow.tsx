// Where sessions go, page by page, until they leave.
import type { FlowData } from "../charts/sankey.ts";
import { EXIT, flowData, type Node, OTHER } from "../files/flow_data.ts";
import { flow } from "../state/answers.ts";
import { exact } from "../text/format.ts";
import { Card, Nothing } from "../ui/card.tsx";
import { Chart } from "../ui/chart.tsx";
import { toggleFilter } from "../state/view.ts";
import { t } from "../text/words.ts";

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
          {Array.from({ length: data.steps }, (_, index) => (
            <span key={index}>{index ? t("step", String(index + 1)) : t("landing")}</span>
          ))}
        </p>
        <Chart kind="flow" class="chart-flow" data={data} label={label} onPick={pick} />
      </div>
    </div>
  );
}
