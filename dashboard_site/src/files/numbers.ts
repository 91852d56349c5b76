// The numbers behind each card: as a table of plain values, and as the API gave them.
import type { Row } from "../api/api.ts";
import { flow, live, stats, zone } from "../state/answers.ts";
import { clock, wholeDate } from "../text/format.ts";
import { flowData } from "./flow_data.ts";
import type { Sheet } from "./sheet.ts";
import type { TabCard } from "../state/address.ts";
import { tabOf } from "../state/view.ts";

export interface Numbers {
  sheet: Sheet;
  raw: unknown;
}

const MINUTE_MS = 60_000;
const COUNTS = ["sessions", "pageviews", "count", "users", "engagement_ms", "scrolled_90"] as const;
/** Cards that show one list, by the key of its tabs. */
const LISTS: Record<string, TabCard> = { acquisition: "by", pages: "pages", devices: "tech" };

/** A list as a sheet, with the API's own names and whole numbers. */
export function sheetOf(dimension: string, rows: Row[]): Sheet {
  const used = COUNTS.filter((name) => rows.some((row) => row[name] !== undefined));
  return {
    name: dimension,
    columns: [dimension, ...used],
    rows: rows.map((row) => [row.id, ...used.map((name) => row[name] ?? null)]),
  };
}

/** The numbers of a card, or null while there are none. */
export function numbersOf(card: string): Numbers | null {
  if (card === "now") return liveNumbers();
  if (card === "flow") return flowNumbers();
  const { value } = stats.answer.value;
  if (!value) return null;
  const { meta, trend, visitors } = value;
  const at = (time: number): string => wholeDate(time, meta.bucket, meta.tz);
  if (card === "growth") {
    const rows = trend.t.map((time, index) => [
      at(time),
      trend.users[index]!,
      trend.sessions[index]!,
      trend.pageviews[index]!,
    ]);
    return {
      sheet: { name: "trend", columns: ["t", "users", "sessions", "pageviews"], rows },
      raw: { meta, totals: value.totals, previous: value.previous, trend },
    };
  }
  if (card === "visitors") {
    const rows = visitors.t.map((time, index) => [
      at(time),
      visitors.new_pageviews[index]!,
      visitors.returning_pageviews[index]!,
    ]);
    return {
      sheet: { name: "visitors", columns: ["t", "new_pageviews", "returning_pageviews"], rows },
      raw: visitors,
    };
  }
  const dimension = LISTS[card] ? tabOf(LISTS[card]) : card;
  const rows = value.top[dimension]; // others are taken from their whole list
  return rows ? { sheet: sheetOf(dimension, rows), raw: rows } : null;
}

function liveNumbers(): Numbers | null {
  const { value } = live.answer.value;
  if (!value) return null;
  const last = value.minutes.length - 1;
  const rows = value.minutes.map((users, index) => [clock(value.at - (last - index) * MINUTE_MS, zone()), users]);
  return { sheet: { name: "minutes", columns: ["minute", "users"], rows }, raw: value };
}

function flowNumbers(): Numbers | null {
  const { value } = flow.answer.value;
  if (!value?.links.length) return null;
  const { nodes, links } = flowData(value);
  const rows = links.map((link) => [
    nodes[link.from]!.step + 1,
    nodes[link.from]!.name,
    nodes[link.to]!.name,
    link.value,
  ]);
  return { sheet: { name: "flow", columns: ["step", "from", "to", "sessions"], rows }, raw: value };
}
