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
  type Filter,
  type TabCard,
  type View,
} from "./address.ts";
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

export type DialogName = "calendar" | "glossary" | "keys" | "share";
/** The dialog that is open; a whole list is open by the view itself. */
export const dialog = signal<DialogName | null>(null);

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
  remember({ site, views: { ...memory().views, [site]: writeAddress({ ...view.value, view: "", list: "" }) } });
}

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

export const isFiltered = (dimension: string, id: string): boolean =>
  view.value.filters.some((filter) => filter.dimension === dimension && filter.values.includes(id));

/** Adds a value to the filters, or takes it out when it is there; values of one dimension are alternatives. */
export function toggleFilter(dimension: string, id: string, operator: Operator = "is"): void {
  const { filters } = view.value;
  const present = filters.find((filter) => filter.dimension === dimension && filter.values.includes(id));
  if (present) return go({ filters: without(filters, present, id) });
  const same = filters.find((filter) => filter.dimension === dimension && filter.operator === operator);
  go({
    filters: same
      ? filters.map((filter) => (filter === same ? { ...same, values: [...same.values, id] } : filter))
      : [...filters, { dimension, operator, values: [id] }],
  });
}

const without = (filters: Filter[], present: Filter, id: string): Filter[] =>
  filters.flatMap((filter) => {
    if (filter !== present) return [filter];
    const values = filter.values.filter((value) => value !== id);
    return values.length ? [{ ...filter, values }] : [];
  });

export const removeFilter = (gone: Filter): void =>
  go({ filters: view.value.filters.filter((filter) => filter !== gone) });
