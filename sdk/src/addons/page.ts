/** What add-ons know of their page: the tracker's command, and which addresses are which page. */
import { guard } from "../guard";

interface Footfall {
  (...call: unknown[]): void;
  /** Calls that wait for a tracker that has not loaded yet. */
  q?: unknown[];
  /** Set by the tracker itself (tag.ts). */
  v?: 1;
}

const page = window as unknown as { footfall?: Footfall };

/** A tracker that never loads leaves no more calls than this waiting. */
const WAITING_CALLS = 50;

/** Reports an event, or leaves it to wait for the tracker as the stub in the page does (README.md). */
export const report = (name: string, data?: object): void => {
  const footfall: Footfall = (page.footfall ??= (...call) => (footfall.q ??= []).push(call));
  if (!footfall.q?.[WAITING_CALLS - 1]) footfall("event", name, data);
};

export const isTracking = (): boolean => !!page.footfall?.v;

/** Listens on the window, which hears in the order of the tags: add-ons stand before the tracker. */
export const listen = <E extends Event>(type: string, hear: (happened: E) => void): void =>
  addEventListener(type, (happened) => guard(hear, happened as E), true);

/** What makes the page at `address` that page, by the tracker's rule (`pageKey` in address.ts). */
export const routeOf = (address: string | URL): string => {
  const { pathname, hash } = new URL(address, document.baseURI);
  return document.querySelector("script[data-hash]") ? pathname + hash : pathname;
};

/** Calls `hear` before the History API takes an address, before the tracker's own wrapping can know. */
export const wrapHistory = (hear: (to: string | URL) => void): void => {
  for (const name of ["pushState", "replaceState"] as const) {
    guard(() => {
      const original = history[name];
      history[name] = function (...given) {
        guard(hear, given[2] ?? location.href);
        original.apply(this, given);
      };
    });
  }
};

/**
 * Calls `look` in a task of its own: now, after each change of the address, and when the browser
 * gives the page back; says whether that is another pageview.
 */
export const followAddress = (look: (isNewPage: boolean) => void): void => {
  let shown: string | undefined;
  const lookLater = (isRestored?: boolean): void => {
    setTimeout(guard, 0, () => {
      const route = routeOf(location.href);
      const isNewPage = isRestored || route != shown;
      shown = route;
      look(isNewPage);
    });
  };
  wrapHistory(() => lookLater());
  listen("popstate", () => lookLater());
  listen("pageshow", ({ persisted }: PageTransitionEvent) => persisted && lookLater(true));
  lookLater();
};
