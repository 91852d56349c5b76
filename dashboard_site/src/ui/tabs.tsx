// The tabs of a card, and what they choose between.
import type { ComponentChildren } from "preact";
import { TABS, type TabCard } from "../state/address.ts";
import { stats } from "../state/answers.ts";
import { openTab, tabOf } from "../state/view.ts";
import { t } from "../text/words.ts";
import { rove } from "./roving.ts";

/** Tabs of a card whose choice is part of the address. */
export function Tabs({ card, label }: { card: TabCard; label: string }) {
  const chosen = tabOf(card);
  const panel = stats.answer.value.value ? `panel-${card}` : undefined;
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={(event) => rove(event, true)}>
      {TABS[card].map((dimension) => (
        <button
          type="button"
          role="tab"
          key={dimension}
          id={`tab-${dimension}`}
          aria-selected={dimension === chosen}
          aria-controls={panel}
          tabIndex={dimension === chosen ? 0 : -1}
          onClick={() => openTab(card, dimension)}
        >
          {t(`${dimension}_list`)}
        </button>
      ))}
    </div>
  );
}

export const Panel = ({
  card,
  children,
  class: look = "",
}: {
  card: TabCard;
  children: ComponentChildren;
  class?: string;
}) => (
  <div role="tabpanel" class={look} id={`panel-${card}`} aria-labelledby={`tab-${tabOf(card)}`}>
    {children}
  </div>
);
