/**
 * The tracker: hits gather in a batch, batches become beacons. Nothing happens before the page
 * is allowed to be counted and really shown: prerendered pages and background tabs are hidden.
 */
import { clean, isExcluded, pageKey } from "./address";
import { depth, isPageScroll, resetDepth } from "./depth";
import { run, stir, takeEngagement } from "./engagement";
import { onClick } from "./links";
import { guard, listen } from "./listen";
import { isOn, options, type Options } from "./options";
import { drain, send } from "./outbox";
import { liveSession, type Session, share, sharedSession, visitor } from "./session";
import { forget, read, write } from "./store";
import { uuid } from "./uuid";
import type { Data, Hit } from "./wire";

/** Routers set the title some frames after the address; hits of one moment travel together. */
const BATCH_MS = 300;
/** A page that still loads after this long is counted without its load time. */
const LOAD_MS = 5_000;
/** A beacon may have 50 events and 64 KiB; a character takes up to three bytes. */
const BATCH_HITS = 50;
const BATCH_CHARACTERS = 16_000;
const HELD_EVENTS = 50;
/** How exactly the other tabs know when somebody was last active here. */
const TOUCH_MS = 10_000;

interface Page {
  key: string;
  url: string;
}

let page: Page | undefined;
/** A page that left, and may come back from the back/forward cache. */
let isGone = false;
let isFocused = false;
let session: Session;
/** The pageview that still waits for its title, and the document's first for its load time. */
let view: Hit | undefined;
let isFirst = true;
let has90 = false;
let batch: Hit[] = [];
let batchCharacters = 0;
let timer = 0;
let held: [string, Data?][] = [];

const isHidden = (): boolean => isGone || document.visibilityState == "hidden";

const isAllowed = (): boolean =>
  !(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl &&
  !(isOn("dnt", false) && navigator.doNotTrack == "1") &&
  (read("off") ?? (options.mode == "consent" ? "1" : "0")) == "0";

/** `activationStart`: when a prerendered page was shown; not in every browser. */
type Navigation = PerformanceNavigationTiming & { activationStart?: number };

const navigation = (): Navigation | undefined =>
  performance.getEntriesByType("navigation")[0] as Navigation;

const isLoading = (): boolean =>
  isFirst && document.readyState != "complete" && performance.now() < LOAD_MS;

const schedule = (): void => {
  timer ||= setTimeout(() => {
    timer = 0;
    if (isLoading()) schedule();
    else guard(flush);
  }, BATCH_MS);
};

const completeView = (): void => {
  if (!view) return;
  view.title = document.title;
  const timing = navigation();
  if (isFirst && timing?.loadEventEnd) {
    // A prerendered page was fetched before anybody asked for it: its wait begins when shown.
    const wait = timing.loadEventEnd - (timing.activationStart || 0);
    view.data.load_time_ms = Math.max(0, Math.round(wait));
  }
  isFirst = false;
  view = undefined;
};

/** Forms a beacon of the batch and sends it. */
const flush = (): void => {
  clearTimeout(timer);
  timer = 0;
  completeView();
  if (!batch.length) return;
  const isStored = options.mode != "storage-free";
  const events = batch;
  batch = [];
  batchCharacters = 0;
  void send({
    beacon_id: `${Date.now()}-${uuid()}`,
    site: options.site,
    visitor_id: isStored ? visitor() : undefined,
    session_id: isStored ? session.id : undefined,
    entry: session.entry,
    screen: `${screen.width}x${screen.height}`,
    language: navigator.language,
    events,
  });
};

/** Adds a hit of the current page to the batch; a sibling tab's newer session stays as it is. */
const add = (event_type: string, data: Data, more?: Partial<Hit>): Hit | undefined => {
  if (!isAllowed() || isExcluded()) return;
  const shared = sharedSession();
  if (shared?.id == session.id) session = shared;
  session.seq++;
  if (shared?.id == session.id) share(session);
  const hit = { event_type, url: page!.url, ...more, data, seq: session.seq, at: Date.now() };
  const characters = JSON.stringify(hit).length;
  if (batch.length == BATCH_HITS || batchCharacters + characters > BATCH_CHARACTERS) flush();
  batch.push(hit);
  batchCharacters += characters;
  schedule();
  return hit;
};

const reportEngagement = (): void => {
  const engagement_ms = takeEngagement();
  if (page && engagement_ms) add("user_engagement", { engagement_ms, percent: depth() });
};

/** Begins a pageview, in a new session if the last is over. */
const begin = (referrer: string): void => {
  reportEngagement();
  const url = clean(location.href);
  const live = liveSession({ url, referrer });
  if (live.id != session?.id) flush();
  session = live;
  touch();
  page = { key: pageKey(), url };
  has90 = false;
  resetDepth();
  view = add("pageview", {}, { referrer });
};

const touch = (): void => {
  session.last = Date.now();
  share(session);
};

/** Notices that the address became another page's. */
const follow = (): void => {
  if (page && pageKey() != page.key) begin(page.url);
};

/** Something is being done: it belongs to a live session, which begins with a pageview. */
const settle = (): void => {
  follow();
  const live = liveSession(session.entry);
  if (live.id != session.id) return begin("");
  session = live;
  touch();
};

const onInput = (): void => {
  stir();
  if (page && Date.now() - session.last > TOUCH_MS) settle();
};

const start = (): void => {
  if ((page && !isGone) || !isAllowed() || document.visibilityState == "hidden") return;
  isGone = false;
  // A reload or a restored tab was not sent here by the referrer again.
  const isSent = isFirst && !/^[rb]/.test(navigation()?.type ?? "");
  begin(isSent ? clean(document.referrer) : "");
  for (const [name, data] of held) event(name, data);
  held = [];
};

const leave = (): void => {
  if (!page) return;
  follow();
  reportEngagement();
  flush();
};

const scalars = (data: object = {}): Data =>
  Object.fromEntries(
    Object.entries(data).filter(([, value]) => /^(st|n|bo)/.test(typeof value)),
  );

/** Reports an event of the site's own. Held while the page is not shown or not yet allowed. */
export const event = (name: string, data?: object): void => {
  if (read("off") == "1") return;
  if (!page) {
    if (held.length < HELD_EVENTS) held.push([name, data as Data]);
    return;
  }
  settle();
  add(name, scalars(data));
  if (isHidden()) flush();
};

/** Stops for good in this browser and removes what was stored. */
export const optOut = (): void => {
  forget();
  write("off", "1");
  batch = [];
  held = [];
  view = page = undefined;
};

/** Allows again, or consents in `consent` mode; the page is counted now. */
export const optIn = (): void => {
  write("off", "0");
  start();
};

/** Clock, arrival and departure. Neither `unload` nor `beforeunload`: they cost the bfcache. */
const onLifecycle = ({ type }: Event): void => {
  if (type == "blur") isFocused = document.activeElement?.localName == "iframe";
  if (type == "focus") isFocused = true;
  const isShown = type != "pagehide" && document.visibilityState != "hidden";
  run(isShown && isFocused);
  if (isShown) {
    start();
    if (type != "blur") onInput();
  } else {
    leave();
    isGone ||= type == "pagehide";
  }
};

const onScroll = ({ target }: Event): void => {
  if (!page || !isPageScroll(target) || has90 || depth() < 90) return;
  has90 = true;
  add("scroll", { percent: 90 });
};

const wrapHistory = (name: "pushState" | "replaceState"): void => {
  const original = history[name];
  history[name] = function (_state, _title) {
    // oxlint-disable-next-line prefer-rest-params
    original.apply(this, arguments as unknown as Parameters<History["pushState"]>);
    setTimeout(guard, 0, follow);
  };
};

/** Starts the tracker; a second start changes nothing. */
export const init = (given: Options): void => {
  Object.assign(options, given);
  isFocused = document.hasFocus();
  listen("visibilitychange focus blur pagehide pageshow", onLifecycle);
  listen("popstate hashchange", () => setTimeout(guard, 0, follow));
  listen("online", drain);
  listen("mousemove pointerdown keydown wheel touchstart touchmove scroll", onInput, true);
  listen("scroll", onScroll, true);
  listen("click auxclick", (click) => onClick(click, event), true);
  guard(wrapHistory, "pushState");
  guard(wrapHistory, "replaceState");
  run(isFocused && !isHidden());
  start();
};
