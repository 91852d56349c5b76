// The page's words. A build holds one language: readers load none of the other.
import type { eventsWords } from "#language/events.ts";
import type { filterWords } from "#language/filter.ts";
import type { healthWords } from "#language/health.ts";
import type { laterWords } from "#language/later.ts";
import type { settingsWords } from "#language/settings.ts";
import { ids, LANG, words } from "#language/words.ts";
import { codeName } from "./format.ts";

export type Word =
  | keyof typeof words
  | keyof typeof laterWords
  | keyof typeof eventsWords
  | keyof typeof filterWords
  | keyof typeof healthWords
  | keyof typeof settingsWords;
export { LANG };

const known: Record<string, string> = { ...words };
/** Adds the words that arrive with the later parts. */
export const learn = (more: Record<string, string>): void => void Object.assign(known, more);

const NAMED = new Set(["channel", "device"]);

/** The text of `word` in the reader's language, `{0}` and on filled in. */
export const t = (word: Word, ...values: string[]): string =>
  (known[word] ?? "").replace(/\{(\d)\}/g, (_, index: string) => values[Number(index)] ?? "");

/** What a reader is shown for a stable id: names of a closed set are translated, all else is the text itself. */
export function nameOf(dimension: string, id: string): string {
  if ((id.startsWith("(") || NAMED.has(dimension)) && Object.hasOwn(ids, id)) return ids[id]!;
  if (dimension === "country" && /^[A-Z]{2}$/.test(id)) return codeName("region", id);
  if (dimension === "language" && /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(id)) return codeName("language", id);
  return id;
}

export const isWord = (text: string): text is Word => Object.hasOwn(known, text);
