// The tabs of a card, and what they choose between.
import type { ComponentChildren } from "preact";
import type { Dimension } from "../api/vocabulary.ts";
import { TABS, WITHIN, type TabCard } from "../state/address.ts";
import { stats } from "../state/answers.ts";
import { openTab, tabOf } from "../state/view.ts";
import { t } from "../text/words.ts";
import { rove } from "./roving.ts";

/** The tab under which the card's list stands. */
const openTabOf = (card: TabCard): string =>
  TABS[card].find((tab) => WITHIN[tab]?.some((dimension) => dimension === tabOf(card))) ?? tabOf(card);

/** Tabs of a card whose choice is part of the address. */
export function Tabs({ card, label }: { card: TabCard; label: string }) {
  const chosen = openTabOf(card);
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
  <div role="tabpanel" class={look} id={`panel-${card}`} aria-labelledby={`tab-${openTabOf(card)}`}>
    {children}
  </div>
);

/** The list of a tab or one within it, where there are several. */
export function ListChoice({ card }: { card: TabCard }) {
  const tab = openTabOf(card);
  return (
    <select
      class="list-choice"
      aria-label={t("whichList")}
      value={tabOf(card)}
      onChange={(event) => openTab(card, event.currentTarget.value)}
    >
      {[tab, ...(WITHIN[tab] ?? [])].map((dimension) => (
        <option value={dimension} key={dimension}>
          {t(dimension as Dimension)}
        </option>
      ))}
    </select>
  );
}

export const hasChoice = (card: TabCard): boolean => openTabOf(card) in WITHIN;
