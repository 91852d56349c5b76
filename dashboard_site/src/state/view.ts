// The one store: the view, kept equal to the address. Everything on the page derives from it and from the answers.
import { computed, signal } from "@preact/signals";
import {
  emptyView,
  flowQuery,
  parseAddress,
  scopeQuery,
  statsQuery,
  TABS,
  writeAddress,
  type TabCard,
  type View,
} from "./address.ts";
import type { Filter } from "./filters.ts";
import type { Operator } from "../api/vocabulary.ts";
import { memory, remember, sharedSecret } from "../browser/memory.ts";

/** The address decides; one that names no more than the site opens it as it was left. */
function openingView(search: string): View {
  const { site = "", views = {} } = sharedSecret() ? {} : memory();
  const asked = new URLSearchParams(search);
  const name = asked.get("site") ?? String(site);
  const saysMore = [...asked.keys()].some((key) => key !== "site" && key !== "lang");
  return parseAddress(saysMore ? search : String(views?.[name] ?? search), emptyView(name));
}

export const view = signal<View>(openingView(location.search));
export const statsQuestion = computed(() => (view.value.site ? statsQuery(view.value) : ""));
export const flowQuestion = computed(() => (view.value.site ? flowQuery(view.value) : ""));
export const liveQuestion = computed(() => (view.value.site ? scopeQuery(view.value) : ""));

export type DialogName = "calendar" | "filter" | "glossary" | "keys" | "share" | "why";
/** The dialog that is open; a whole list is open by the view itself. */
export const dialog = signal<DialogName | null>(null);

/** The filter that the open dialog changes; undefined: it makes a new one. */
export const edited = signal<Filter | undefined>(undefined);

export function openFilter(filter?: Filter): void {
  edited.value = filter;
  dialog.value = "filter";
}

/** Changes the view; the reader's own changes become steps that back and forward walk, defaults do not. */
export function go(change: Partial<View>, step: "push" | "replace" = "push"): void {
  const next = { ...view.value, ...change };
  const address = writeAddress(next);
  if (address === location.search) return;
  history[step === "push" ? "pushState" : "replaceState"](null, "", address);
  view.value = next;
  keep();
}

function keep(): void {
  const { site } = view.value;
  remember({ site, views: { ...memory().views, [site]: writeAddress(pageView("")) } });
}

/** The view with another page in it. */
export const pageView = (name: View["view"]): View => ({ ...view.value, view: name, item: "", key: "", list: "" });

addEventListener("popstate", () => {
  view.value = parseAddress(location.search, emptyView(view.value.site));
  keep();
});

/** Opens another site as it was left, or with the period on the screen. */
export function openSite(site: string): void {
  const left = memory().views?.[site];
  const opened = left
    ? parseAddress(left, emptyView(site))
    : { ...emptyView(site), range: view.value.range, compare: view.value.compare };
  go({ ...opened, view: view.value.view });
}

export const tabOf = (card: TabCard): string => view.value.tabs[card] ?? TABS[card][0]!;
export function openTab(card: TabCard, dimension: string): void {
  const { [card]: _, ...others } = view.value.tabs;
  go({ tabs: dimension === TABS[card][0] ? others : { ...others, [card]: dimension } });
}

/** The filter that holds a value of a dimension, be it to keep or to leave out. */
const holding = (dimension: string, id: string): Filter | undefined =>
  view.value.filters.find((one) => one.dimension === dimension && !one.conditions.length && one.values.includes(id));

export const isFiltered = (dimension: string, id: string): boolean => !!holding(dimension, id);

/** Adds a value to the filters, or takes it out when it is there; values of one dimension are alternatives. */
export function toggleFilter(dimension: string, id: string, operator: Operator = "is"): void {
  const { filters } = view.value;
  const present = holding(dimension, id);
  const same =
    present ??
    filters.find((one) => one.dimension === dimension && one.operator === operator && !one.conditions.length);
  const values = present ? present.values.filter((value) => value !== id) : [...(same?.values ?? []), id];
  replaceFilter(same, values.length ? { dimension, operator, conditions: [], ...same, values } : null);
}

/** The filters with one in the place of another, or behind all where there was none; null takes the other away. */
export function placeFilter(old: Filter | undefined, filter: Filter | null): Filter[] {
  const { filters } = view.value;
  const at = old ? filters.indexOf(old) : -1;
  return filters.toSpliced(at < 0 ? filters.length : at, 1, ...(filter ? [filter] : []));
}

export const replaceFilter = (old: Filter | undefined, filter: Filter | null): void =>
  go({ filters: placeFilter(old, filter) });

export const clearFilters = (): void => go({ filters: [], bots: "" });

/** Says whether bots are counted; where they are not, nothing is known of a bot. */
export const chooseBots = (bots: View["bots"]): void =>
  go({ bots, filters: view.value.filters.filter(({ dimension }) => bots || dimension !== "bot") });
