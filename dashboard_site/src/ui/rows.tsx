// A ranked list: a bar behind each row shows its size, a press filters the whole page by it.
import type { Row, Totals } from "../api/api.ts";
import { RANKED_BY } from "../api/vocabulary.ts";
import { duration, exact, percent, share, short } from "../text/format.ts";
import { go, isFiltered, toggleFilter } from "../state/view.ts";
import { openWhy } from "../dialogs/why.tsx";
import { Icon } from "./icons.tsx";
import { hasChoice, ListChoice } from "./tabs.tsx";
import type { TabCard } from "../state/address.ts";
import { isWord, nameOf, t, type Word } from "../text/words.ts";

export interface Column {
  head: string;
  text: (row: Row) => string;
  title?: (row: Row) => string;
  /** Given up first when space is short. */
  isExtra?: boolean;
}

const RANK_WORDS: Record<string, Word> = { pageviews: "views", count: "events" };
const of = (row: Row, key: "sessions" | "pageviews" | "count" | "engagement_ms" | "scrolled_90"): number =>
  row[key] ?? 0;

/** The number a list is sorted by. */
export const weightOf = (dimension: string, row: Row): number => of(row, RANKED_BY[dimension] ?? "sessions");

/** What the rows of a list are shares of; 0: of nothing. */
export const wholeOf = (dimension: string, totals: Totals | undefined): number =>
  (RANKED_BY[dimension] === "count" ? 0 : totals?.[RANKED_BY[dimension] ?? "sessions"]) ?? 0;

/** Columns of a dimension's list; `whole` is what shares are shares of (0: no share column). */
export function columnsOf(dimension: string, whole: number, isWhole = false): Column[] {
  const count = (read: (row: Row) => number, head: string): Column => ({
    head,
    text: (row) => short(read(row)),
    title: (row) => exact(read(row)),
  });
  const columns = [count((row) => weightOf(dimension, row), t(RANK_WORDS[RANKED_BY[dimension]!] ?? "sessions"))];
  if (isWhole) columns.push(count((row) => row.users ?? 0, t("users")));
  if (whole) columns.push({ head: t("share"), text: (row) => share(weightOf(dimension, row), whole) });
  if (dimension !== "page") return columns;
  const perView = (read: number, row: Row): number => (row.pageviews ? read / row.pageviews : 0);
  return [
    ...columns,
    { head: t("engagement"), text: (row) => duration(perView(of(row, "engagement_ms"), row)), isExtra: true },
    { head: t("scrolled"), text: (row) => percent(perView(of(row, "scrolled_90"), row)), isExtra: true },
  ];
}

interface Props {
  dimension: string;
  rows: Row[];
  columns: Column[];
  marks?: string[];
  hasBars?: boolean;
  /** Whose tabs chose the dimension: the head may offer others in its place. */
  card?: TabCard;
}

export function Rows({ dimension, rows, columns, marks, hasBars = true, card }: Props) {
  const heaviest = Math.max(1, ...rows.map((row) => weightOf(dimension, row)));
  const label = isWord(dimension) ? t(dimension) : dimension;
  return (
    <table class={`rows ${hasBars ? "" : "is-plain"}`}>
      <thead>
        <tr>
          <th scope="col">{card && hasChoice(card) ? <ListChoice card={card} /> : label}</th>
          {columns.map((column) => (
            <th scope="col" class={column.isExtra ? "extra" : ""} key={column.head}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => {
          const isOn = isFiltered(dimension, row.id);
          const name = nameOf(dimension, row.id);
          return (
            <tr
              key={row.id}
              class={isOn ? "is-on" : ""}
              onClick={(event) => toggleFilter(dimension, row.id, event.altKey ? "is_not" : "is")}
              onKeyDown={(event) => event.altKey && event.key === "Enter" && toggleFilter(dimension, row.id, "is_not")}
            >
              <th scope="row">
                {hasBars && <i class="size" style={{ width: `${(100 * weightOf(dimension, row)) / heaviest}%` }} />}
                <button type="button" aria-pressed={isOn} title={name}>
                  {marks && <i class="mark" style={{ background: marks[index] }} />}
                  <bdi>{name}</bdi>
                </button>
                <RowTools dimension={dimension} id={row.id} name={name} />
              </th>
              {columns.map((column) => (
                <td class={column.isExtra ? "extra" : ""} title={column.title?.(row)} key={column.head}>
                  {column.text(row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** What else can be done with a row; seen where the pointer or the focus is. */
function RowTools({ dimension, id, name }: { dimension: string; id: string; name: string }) {
  const act = (change: () => void) => (event: Event) => {
    event.stopPropagation();
    change();
  };
  return (
    <span class="row-tools">
      {dimension === "source" && (
        <button type="button" title={t("why")} aria-label={`${t("why")} ${name}`} onClick={act(() => openWhy(id))}>
          ?
        </button>
      )}
      <button
        type="button"
        title={t("exclude")}
        aria-label={`${t("exclude")}: ${name}`}
        onClick={act(() => toggleFilter(dimension, id, "is_not"))}
      >
        <Icon name="exclude" />
      </button>
    </span>
  );
}

export const ViewAll = ({ dimension }: { dimension: string }) => (
  <button type="button" class="view-all" onClick={() => go({ list: dimension })}>
    {t("viewAll")} <span aria-hidden="true">→</span>
  </button>
);
