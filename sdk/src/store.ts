/**
 * The browser's storage, or a plain object where there is none: merely touching `localStorage`
 * throws where cookies are blocked, and storage-free mode never touches it. All our keys
 * begin with `footfall.`.
 */
import { guard } from "./guard";
import { options } from "./options";

/** The session's. */
export const KEY = "footfall.session";

export type Store = Record<string, string>;

/** The origin's, shared by its tabs. */
export let local: Store = {};
/** The tab's; a copy goes to tabs that it opens. */
export let tab: Store = {};

/** Nothing of ours happened in this tab before this page. */
export let isNewTab: boolean;

export const openStores = (): void => {
  if (CORE || options.mode != "storage-free") {
    guard(() => {
      local = (localStorage ?? local) as unknown as Store;
      if (CORE) return;
      tab = (sessionStorage ?? tab) as unknown as Store;
      isNewTab = !tab[KEY];
    });
  }
};

/** A full quota throws on writing while reading works: the event is still sent. */
export const put = (store: Store, key: string, value: string): void =>
  guard(() => {
    store[key] = value;
  });
