/**
 * What the tracker remembers. Touching `localStorage` throws where cookies are blocked, and
 * `setItem` where the quota is full; then, and in storage-free mode, memory stands in, so that
 * a page's own events still hang together.
 */
import { options } from "./options";

const PREFIX = "footfall.";
const memory: Record<string, string> = {};

type Kind = "localStorage" | "sessionStorage";

const withStorage = <T>(kind: Kind, use: (storage: Storage) => T): T | undefined => {
  try {
    return options.mode == "storage-free" ? undefined : use(window[kind]);
  } catch {
    return undefined;
  }
};

export const read = (key: string, kind: Kind = "localStorage"): string | undefined =>
  withStorage(kind, (storage) => storage[PREFIX + key]) ?? memory[PREFIX + key];

export const write = (key: string, value: string, kind: Kind = "localStorage"): void => {
  memory[PREFIX + key] = value;
  withStorage(kind, (storage) => (storage[PREFIX + key] = value));
};

export const remove = (key: string): void => {
  delete memory[PREFIX + key];
  withStorage("localStorage", (storage) => delete storage[PREFIX + key]);
  withStorage("sessionStorage", (storage) => delete storage[PREFIX + key]);
};

/** Removes all that is ours. */
export const forget = (): void => keys("").forEach(remove);

/** Keys that begin with `start`, in order, without the prefix common to all of ours. */
export const keys = (start: string): string[] =>
  Object.keys({ ...memory, ...withStorage("localStorage", (storage) => ({ ...storage })) })
    .filter((key) => key.startsWith(PREFIX + start))
    .map((key) => key.slice(PREFIX.length))
    .sort();
