// What the first numbers do not need: one file that follows the first, and one for each page.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { ViewName } from "./address.ts";

export interface MenuItem {
  text: string;
  act: () => void;
  /** For items that are switched on or off, or one of several. */
  isChecked?: boolean;
  key?: string;
}

/** What of secrets is listed, made and taken back. */
export interface SecretsProps {
  /** Where they are listed, made (POST) and, under their id, taken back (DELETE). */
  path: string;
  /** The list's name in the answer. */
  list: "tokens" | "shares";
  title: string;
  /** What is sent to make one of this name. */
  body: (name: string) => object;
  /** What the reader copies, made of the new secret. */
  wrap: (secret: string) => string;
}

/** An answer that is asked for by what shows it. */
export interface Asked<T> {
  /** Null until it is there and when asking failed. */
  value: T | null;
  problem: string;
  /** Whether another answer than the one at hand is on its way. */
  isLoading: boolean;
  retry: () => void;
}

/** What is in that file, as far as the rest asks it. */
export interface Later {
  Cards: ComponentType;
  Chips: ComponentType;
  Dialogs: ComponentType;
  Login: ComponentType;
  Missing: ComponentType<{ asked: Asked<unknown>; height: number; text?: string }>;
  TopCard: ComponentType<{ dimension: string; span: number }>;
  Notices: ComponentType;
  MenuList: ComponentType<{ label: string; groups: MenuItem[][]; close: () => void }>;
  CopyLine: ComponentType<{ text: string; label: string }>;
  Secrets: ComponentType<SecretsProps>;
  SheetTable: ComponentType<{ card: string }>;
  snippet(): string;
  cardMenu(card: string, look: { isTable: boolean; turn: () => void } | null): MenuItem[][];
  mainMenu(): MenuItem[][];
  periodMenu(): MenuItem[][];
  pressKey(key: string): void;
  useAnswer<T>(path: string, query?: string, pause?: number): Asked<T>;
  zoom(first: number, last: number): void;
}

/** The later parts once they are here; null until then, and as long as there is no connection to fetch them. */
export const parts = signal<Later | null>(null);

/** What has a file of its own: the pages beside the overview, and dialogs with much in them. */
export type PageName = ViewName | "calendar" | "filter" | "glossary";

interface Files {
  later: () => Promise<Later>;
  pages: Record<PageName, () => Promise<{ Page: ComponentType }>>;
}

let files: Files;

/** Tell once where the files are: whoever asks for parts of them need not know. */
export const loadFrom = (found: Files): void => void (files = found);

/** The pages that are here. */
export const pages = signal<Partial<Record<PageName, ComponentType>>>({});

/** Fetches a page, which may ask for the later parts, unless it is here. Rejects when there is no connection. */
export async function loadPage(name: PageName): Promise<void> {
  if (pages.peek()[name]) return;
  const [{ Page }] = await Promise.all([files.pages[name](), later()]);
  pages.value = { ...pages.peek(), [name]: Page };
}

export async function later(): Promise<Later> {
  return (parts.value ??= await files.later());
}
