// The page's address and the question put to the API are both written from one value, the View.

import { GROUPS, METRICS, OPERATORS, type Metric, type Operator } from "../api/vocabulary.ts";

export interface Filter {
  dimension: string;
  operator: Operator;
  values: string[];
}

/** Everything that decides what the page shows. `range` is 24h, 7d, 30d, all or `from..to` (to exclusive). */
export interface View {
  site: string;
  /** Which page is open; empty: the overview. */
  view: ViewName | "";
  range: string;
  compare: boolean;
  /** The one metric of the growth chart; empty: all three. */
  metric: Metric | "";
  filters: Filter[];
  /** Chosen dimension of each card that has tabs. */
  tabs: Record<string, string>;
  /** Dimension whose whole list is open; empty: none. */
  list: string;
}

/** The pages beside the overview: the key that opens each after G, and whether the first line offers it. */
export const VIEWS = {
  events: { key: "e", isOffered: true },
  settings: { key: ",", isOffered: false },
};
export type ViewName = keyof typeof VIEWS;
export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];
export const RANGES = ["24h", "7d", "30d", "all"];
const SPAN = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?\.\.\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/;
/** Cards with tabs, the key of each in the address, and its dimensions; the first is the default. */
export const TABS = {
  by: GROUPS.source,
  pages: GROUPS.content,
  tech: GROUPS.visitor.filter((dimension) => dimension !== "device"), // a card of its own
};
export type TabCard = keyof typeof TABS;

export const emptyView = (site: string): View => ({
  site,
  view: "",
  range: "30d",
  compare: true,
  metric: "",
  filters: [],
  tabs: {},
  list: "",
});

const isOneOf = <T extends string>(list: readonly T[], text: string): text is T => list.includes(text as T);

/** `page:is:/a|/b` as a Filter, or null when it is no filter. A backslash makes the next sign literal. */
export function parseFilter(text: string): Filter | null {
  const [, dimension, operator, rest] = /^([a-z_]+):([a-z_]+):(.*)$/s.exec(text) ?? [];
  if (!dimension || !operator || !isOneOf(OPERATORS, operator)) return null;
  const values = (rest ?? "").match(/(\\.|[^|\\])+/gs) ?? [""];
  return { dimension, operator, values: values.map((value) => value.replace(/\\(.)/gs, "$1")) };
}

export const writeFilter = ({ dimension, operator, values }: Filter): string =>
  `${dimension}:${operator}:${values.map((value) => value.replace(/[\\|&]/g, "\\$&")).join("|")}`;

const encode = (value: string): string =>
  encodeURIComponent(value.toWellFormed()).replace(/%(3A|2F|2C|7C|40)/g, (code) => decodeURIComponent(code));

/** The view that a query string asks for; what it does not say, or says wrongly, is as in `base`. */
export function parseAddress(search: string, base: View): View {
  const given = new URLSearchParams(search);
  const range = given.get("range") ?? "";
  const metric = given.get("metric") ?? "";
  const name = given.get("view") ?? "";
  const tabs: Record<string, string> = {};
  for (const [card, dimensions] of Object.entries(TABS)) {
    const chosen = given.get(card);
    if (chosen && isOneOf(dimensions, chosen)) tabs[card] = chosen;
  }
  return {
    site: given.get("site") ?? base.site,
    view: isOneOf(VIEW_NAMES, name) ? name : "",
    range: RANGES.includes(range) || SPAN.test(range) ? range : base.range,
    compare: given.get("cmp") !== "off",
    metric: isOneOf(METRICS, metric) ? metric : "",
    filters: given
      .getAll("f")
      .map(parseFilter)
      .filter((filter) => filter !== null),
    tabs,
    list: given.get("list") ?? "",
  };
}

/** The shortest query string that parses back to the view. */
export function writeAddress(view: View): string {
  const parts = [`site=${encode(view.site)}`, `range=${encode(view.range)}`];
  if (view.view) parts.push(`view=${view.view}`);
  if (!view.compare) parts.push("cmp=off");
  if (view.metric) parts.push(`metric=${view.metric}`);
  for (const filter of view.filters) parts.push(`f=${encode(writeFilter(filter))}`);
  for (const [card, dimension] of Object.entries(view.tabs)) parts.push(`${card}=${dimension}`);
  if (view.list) parts.push(`list=${view.list}`);
  return `?${parts.join("&")}`;
}

/** The API's parameters for site and filters, without a period. */
export function scopeQuery(view: View): string {
  const filters = view.filters.map((filter) => `&filter=${encode(writeFilter(filter))}`);
  return `site=${encode(view.site)}${filters.join("")}`;
}

/** The API's parameters for site, filters and period. */
export function periodQuery(view: View): string {
  const [from, to] = view.range.split("..");
  return `${scopeQuery(view)}&${to ? `from=${encode(from!)}&to=${encode(to)}` : `range=${view.range}`}`;
}

/** The question of the whole page: everything but the flow and the last minutes. */
export const statsQuery = (view: View): string =>
  periodQuery(view) + (view.compare && view.range !== "all" ? "&compare=previous" : "");

export const flowQuery = (view: View): string => `${periodQuery(view)}&steps=4&limit=6`;

export const STATS = "/api/reports/stats";
export const FLOW = "/api/reports/sankey";
export const LIVE = "/api/reports/realtime";
