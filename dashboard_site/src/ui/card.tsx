// The frame of a section: its heading, tabs and menu, and what stands in it while numbers are missing.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { Answer } from "../state/answers.ts";
import { refresh, stats } from "../state/answers.ts";
import { parts } from "../state/lazy.ts";
import { t } from "../text/words.ts";
import { Icon } from "./icons.tsx";
import { Menu } from "./menu.tsx";

interface Props {
  id: string;
  title: string;
  note?: string;
  /** Columns of twelve. */
  span: number;
  /** What the card's numbers come from; stats unless said otherwise. */
  answer?: Signal<Answer<unknown>>;
  tabs?: ComponentChildren;
  /** Whether the table is another way to see a chart, not what the card shows anyhow. */
  hasChart?: boolean;
  /** Put above the heading, edge to edge. */
  top?: ComponentChildren;
  class?: string;
  skeleton: number;
  children: ComponentChildren;
}

export function Card(props: Props) {
  const { id, title, skeleton, answer = stats.answer } = props;
  const [asTable, setAsTable] = useState(false);
  const { value, error, isLoading } = answer.value;
  const look = props.hasChart ? { isTable: asTable, turn: () => setAsTable(!asTable) } : null;
  return (
    <section
      class={`card ${props.class ?? ""} ${isLoading && value ? "is-loading" : ""}`}
      style={{ "--span": String(props.span) }}
      aria-labelledby={`${id}-title`}
      aria-busy={isLoading}
    >
      {props.top}
      <header class="card-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {props.note && <p class="note">{props.note}</p>}
        <div class="card-tools">
          {props.tabs}
          <Menu label={t("more", title)} class="icon-button" groups={() => parts.value!.cardMenu(id, look)}>
            <Icon name="more" />
          </Menu>
        </div>
      </header>
      {value ? (
        asTable && parts.value ? (
          <parts.value.SheetTable card={id} />
        ) : (
          props.children
        )
      ) : error ? (
        <Failure height={skeleton} />
      ) : (
        <div class="skeleton" style={{ height: `${skeleton}px` }}>
          <span class="unseen">{t("loading")}</span>
        </div>
      )}
    </section>
  );
}

export function Failure({ height }: { height: number }) {
  return (
    <div class="state" role="status" style={{ minHeight: `${height}px` }}>
      <p>{t("failed")}</p>
      <button type="button" class="button" onClick={refresh}>
        {t("retry")}
      </button>
    </div>
  );
}

export const Nothing = ({ height, text = t("emptyList") }: { height: number; text?: string }) => (
  <div class="state" style={{ minHeight: `${height}px` }}>
    <p>{text}</p>
  </div>
);
