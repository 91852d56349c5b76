// The page's address and the question put to the API are both written from one value, the View.

import { GROUPS, METRICS, type Dimension, type Metric } from "../api/vocabulary.ts";
import { isOneOf, parseFilter, writeFilter, type Filter } from "./filters.ts";

/** Everything that decides what the page shows. `range` is 24h, 7d, 30d, all or `from..to` (to exclusive). */
export interface View {
  site: string;
  /** Which page is open; empty: the overview. */
  view: ViewName | "";
  /** What the page is opened at: on events the name of one, and of what it says the key; on health what splits. */
  item: string;
  key: string;
  range: string;
  compare: boolean;
  /** The one metric of the growth chart; empty: all three. */
  metric: Metric | "";
  filters: Filter[];
  /** Whether bots are counted too, or alone; empty: people alone. */
  bots: (typeof BOTS)[number];
  /** Chosen dimension of each card that has tabs. */
  tabs: Record<string, string>;
  /** Dimension whose whole list is open; empty: none. */
  list: string;
}

/** The pages beside the overview: the key that opens each after G, and whether the first line offers it. */
export const VIEWS = {
  events: { key: "e", isOffered: true },
  health: { key: "q", isOffered: true },
  settings: { key: ",", isOffered: false },
};
export type ViewName = keyof typeof VIEWS;
export const VIEW_NAMES = Object.keys(VIEWS) as ViewName[];
export const BOTS = ["", "include", "only"] as const;
export const RANGES = ["24h", "7d", "30d", "all"];
const SPAN = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?\.\.\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/;
/** Cards with tabs, the key of each in the address, and its dimensions; the first is the default. */
export const TABS = {
  by: GROUPS.source,
  pages: [...GROUPS.content, "title" as const],
  tech: GROUPS.visitor.filter((dimension) => dimension !== "device"), // a card of its own
};
/** Finer and kindred lists that stand in the place of a tab's own. */
export const WITHIN: Record<string, Dimension[]> = {
  campaign: ["medium", "campaign_id", "term", "content"],
  browser: ["browser_version"],
  os: ["os_version"],
  country: ["region", "city"],
};
export type TabCard = keyof typeof TABS;

export const emptyView = (site: string): View => ({
  site,
  view: "",
  item: "",
  key: "",
  range: "30d",
  compare: true,
  metric: "",
  filters: [],
  bots: "",
  tabs: {},
  list: "",
});

const encode = (value: string): string =>
  encodeURIComponent(value.toWellFormed()).replace(/%(3A|2F|2C|7C|40)/g, (code) => decodeURIComponent(code));

/** The view that a query string asks for; what it does not say, or says wrongly, is as in `base`. */
export function parseAddress(search: string, base: View): View {
  const given = new URLSearchParams(search);
  const range = given.get("range") ?? "";
  const metric = given.get("metric") ?? "";
  const name = given.get("view") ?? "";
  const bots = given.get("bots") ?? "";
  const tabs: Record<string, string> = {};
  for (const [card, dimensions] of Object.entries(TABS)) {
    const chosen = given.get(card);
    if (chosen && dimensions.some((tab) => [tab, ...(WITHIN[tab] ?? [])].includes(chosen as Dimension)))
      tabs[card] = chosen;
  }
  return {
    site: given.get("site") ?? base.site,
    view: isOneOf(VIEW_NAMES, name) ? name : "",
    item: given.get("item") ?? "",
    key: given.get("key") ?? "",
    range: RANGES.includes(range) || SPAN.test(range) ? range : base.range,
    compare: given.get("cmp") !== "off",
    metric: isOneOf(METRICS, metric) ? metric : "",
    filters: given
      .getAll("f")
      .map(parseFilter)
      .filter((filter) => filter !== null),
    bots: isOneOf(BOTS, bots) ? bots : "",
    tabs,
    list: given.get("list") ?? "",
  };
}

/** The shortest query string that parses back to the view. */
export function writeAddress(view: View): string {
  const parts = [`site=${encode(view.site)}`, `range=${encode(view.range)}`];
  for (const name of ["view", "item", "key", "bots", "metric"] as const)
    if (view[name]) parts.push(`${name}=${encode(view[name])}`);
  if (!view.compare) parts.push("cmp=off");
  for (const filter of view.filters) parts.push(`f=${encode(writeFilter(filter))}`);
  for (const [card, dimension] of Object.entries(view.tabs)) parts.push(`${card}=${dimension}`);
  if (view.list) parts.push(`list=${view.list}`);
  return `?${parts.join("&")}`;
}

/** The API's parameters for site, filters and bots, without a period. */
export function scopeQuery({ site, filters, bots }: View): string {
  const kept = filters.map((filter) => `&filter=${encode(writeFilter(filter))}`);
  return `site=${encode(site)}${kept.join("")}${bots && `&bots=${bots}`}`;
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
