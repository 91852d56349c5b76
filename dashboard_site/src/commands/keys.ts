// Keys of the page, and their meaning in the reader's language. Typing and combinations are left alone.
import { RANGES, VIEW_NAMES, VIEWS, type ViewName } from "../state/address.ts";
import { chooseTheme, isDark } from "../browser/appearance.ts";
import { exportAll } from "../files/export.ts";
import { sharedSecret } from "../browser/memory.ts";
import { stats } from "../state/answers.ts";
import { dayOf } from "../text/format.ts";
import { clearFilters, dialog, go, openFilter, pageView, view } from "../state/view.ts";

const DAY_MS = 86_400_000;
const ACTIONS: Record<string, () => void> = {
  "1": () => go({ range: RANGES[0]! }),
  "2": () => go({ range: RANGES[1]! }),
  "3": () => go({ range: RANGES[2]! }),
  "4": () => go({ range: RANGES[3]! }),
  "5": () => (dialog.value = "calendar"),
  p: () => document.querySelector<HTMLElement>(".period")?.click(),
  r: () => document.getElementById("now-title")?.scrollIntoView({ block: "center" }),
  c: () => go({ compare: !view.value.compare }),
  d: () => chooseTheme(isDark.value ? "light" : "dark"),
  s: () => (dialog.value = "share"),
  e: exportAll,
  "/": () => openFilter(),
  "?": () => (dialog.value = "keys"),
  Escape: clearFilters,
  ArrowLeft: () => shift(-1),
  ArrowRight: () => shift(1),
};

/** Moves the period by its own length in days; not past today, and never from "all time". */
function shift(direction: number): void {
  const meta = stats.answer.peek().value?.meta;
  if (!meta || view.value.range === "all") return;
  const [first, last] = [dayOf(meta.from, meta.tz), dayOf(meta.to - 1, meta.tz)].map((day) => Date.parse(day));
  const days = (last! - first!) / DAY_MS + 1;
  const [from, to] = [first! + direction * days * DAY_MS, first! + (direction + 1) * days * DAY_MS].map((at) =>
    new Date(at).toISOString().slice(0, 10),
  );
  if (from! > dayOf(Date.now(), meta.tz)) return;
  go({ range: `${from}..${to}` });
}

/** Pages by the key that follows G. */
const PAGES = new Map<string, ViewName | "">([
  ["o", ""],
  ...VIEW_NAMES.map((name) => [VIEWS[name].key, name] as const),
]);
let isGoing = false;

/** Does what a key stands for; after G, opens the page that it names. */
export function pressKey(key: string): void {
  const page = isGoing ? PAGES.get(key) : undefined;
  isGoing = key === "g";
  if (page === undefined) return ACTIONS[key]?.();
  if (page !== "settings" || !sharedSecret()) go(pageView(page));
}
