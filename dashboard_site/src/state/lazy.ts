// What the first numbers do not need is one file that arrives when it is first asked for.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

export interface MenuItem {
  text: string;
  act: () => void;
  /** For items that are switched on or off, or one of several. */
  isChecked?: boolean;
  key?: string;
}

/** What is in that file, as far as the rest asks it. */
export interface Later {
  Dialogs: ComponentType;
  Login: ComponentType;
  Notices: ComponentType;
  MenuList: ComponentType<{ label: string; groups: MenuItem[][]; close: () => void }>;
  SheetTable: ComponentType<{ card: string }>;
  cardMenu(card: string, look: { isTable: boolean; turn: () => void } | null): MenuItem[][];
  mainMenu(): MenuItem[][];
  pressKey(key: string): void;
  zoom(first: number, last: number): void;
}

/** The later parts once they are here; null until then, and as long as there is no connection to fetch them. */
export const parts = signal<Later | null>(null);

let load: () => Promise<Later>;

/** Tell once where the file is: whoever asks for parts of it need not know. */
export const loadFrom = (file: typeof load): void => void (load = file);

export async function later(): Promise<Later> {
  return (parts.value ??= await load());
}
