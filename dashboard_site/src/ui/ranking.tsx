// The list that a card's tabs have chosen. What the page's report does not list is asked for when it is chosen.
import type { Row } from "../api/api.ts";
import { BESIDE } from "../api/vocabulary.ts";
import { periodQuery, type TabCard } from "../state/address.ts";
import { stats } from "../state/answers.ts";
import type { Asked } from "../state/lazy.ts";
import { tabOf, view } from "../state/view.ts";
import { t } from "../text/words.ts";
import { Nothing } from "./card.tsx";
import { columnsOf, Rows, ViewAll, wholeOf } from "./rows.tsx";
import { Panel } from "./tabs.tsx";
import { useAnswer } from "./use_answer.ts";

const ASKED_FOR: string[] = Object.values(BESIDE).flat();

/** The rows of a dimension in the period, at least `shown` where there are so many. */
export function useRows(dimension: string, shown: number): Asked<Row[]> {
  const isListed = !ASKED_FOR.includes(dimension);
  const more = new URLSearchParams({ dimension, limit: String(shown) });
  const query = `${periodQuery(view.value)}&${more.toString()}`;
  const asked = useAnswer<{ rows: Row[]; dimension: string }>(isListed ? "" : "/api/reports/list", query);
  if (isListed) return { ...asked, value: stats.answer.value.value?.top[dimension] ?? [], isLoading: false };
  return { ...asked, value: asked.value?.dimension === dimension ? asked.value.rows : null };
}

interface MissingProps {
  asked: Asked<unknown>;
  height: number;
  /** Said where there are none. */
  text?: string;
}

/** What stands in the place of rows that are not there. */
export function Missing({ asked, height, text }: MissingProps) {
  if (asked.problem)
    return (
      <div class="state" role="alert" style={{ minHeight: `${height}px` }}>
        <p>{asked.problem}</p>
        <button type="button" class="button" onClick={asked.retry}>
          {t("retry")}
        </button>
      </div>
    );
  if (asked.value) return <Nothing height={height} text={text} />;
  return (
    <div class="skeleton" style={{ height: `${height}px` }}>
      <span class="unseen">{t("loading")}</span>
    </div>
  );
}

export function Ranking({ card, shown, height }: { card: TabCard; shown: number; height: number }) {
  const dimension = tabOf(card);
  const asked = useRows(dimension, shown);
  const rows = asked.value ?? [];
  const whole = wholeOf(dimension, stats.answer.value.value?.totals);
  return (
    <Panel card={card} class={asked.isLoading && asked.value ? "is-old" : ""}>
      <Rows card={card} dimension={dimension} rows={rows.slice(0, shown)} columns={columnsOf(dimension, whole)} />
      {rows.length ? <ViewAll dimension={dimension} /> : <Missing asked={asked} height={height} />}
    </Panel>
  );
}
