/**
 * The tracker: hits gather in a batch, batches become beacons. Nothing happens before the page
 * is allowed to be counted and really shown: prerendered pages and background tabs are hidden.
 */
import { clean, isExcluded, pageKey } from "./address";
import { depth, isPageScroll, resetDepth } from "./depth";
import { run, stir, takeEngagement } from "./engagement";
import { guard, listen } from "./guard";
import { onClick } from "./links";
import { options, type Options, setOptions } from "./options";
import { send } from "./outbox";
import { adopt, alive, forgetSession, session, shared } from "./session";
import { local, openStores, put, tab } from "./store";
import { uuid } from "./uuid";
import type { Data, Hit } from "./wire";

/** Routers set the title some frames after the address; hits of one moment travel together. */
const BATCH_MS = 300;
/** A page that still loads after this long is counted without its load time. */
const LOAD_MS = 5_000;
/** A beacon may have 50 events and 64 KiB; a character takes up to three bytes. */
const BATCH_HITS = 50;
const BATCH_CHARACTERS = 16_000;
/** How exactly the other tabs know when somebody was last active here. */
const TOUCH_MS = 10_000;

/** What makes the page this page, and its address; undefined before it is counted. */
let page: string | undefined;
let url: string;
let isFocused = false;
/** The pageview that still waits for its title, and the document's first for its load time. */
let view: Hit | undefined;
let isFirst = true;
let has90 = false;
let batch: Hit[] = [];
let timer = 0;
let held: [string, Data?][] = [];

/** The visitor's own choice, if one was made; it goes before the site's. */
const MODE_KEY = "footfall.mode";

const isHidden = (): boolean => document.visibilityState != "visible";

const isAllowed = (): boolean =>
  !(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl &&
  (CORE ||
    (!(options.dnt != null && navigator.doNotTrack == "1") &&
      (local[MODE_KEY] ?? options.mode) != "consent" &&
      !isExcluded()));

/** A live view: the time of the load's end stands in it later. Absent before Safari 15. */
const navigation = performance.getEntriesByType("navigation")[0] as
  | (PerformanceNavigationTiming & { activationStart?: number })
  | undefined;

/** Sends the batch soon, the first pageview not before its load time is known. */
const schedule = (): void => {
  timer ||= setTimeout(() => {
    timer = 0;
    if (isFirst && document.readyState != "complete" && (CORE || performance.now() < LOAD_MS)) schedule();
    else flush();
  }, BATCH_MS);
};

/** What is known of the waiting pageview only now. */
const completeView = (): void => {
  if (!view) return;
  view.title = document.title;
  // A prerendered page was fetched before anybody asked for it: the wait begins when shown.
  if (isFirst && navigation?.loadEventEnd) {
    const wait_ms = navigation.loadEventEnd - (navigation.activationStart ?? 0);
    view.data.load_time_ms = Math.max(0, wait_ms) | 0;
  }
  isFirst = false;
  view = undefined;
};

/** Forms a beacon of the batch and sends it. */
const flush = (isLeaving?: boolean): void => {
  completeView();
  if (!batch.length) return;
  const { last, seq, ...who } = session!;
  const events = batch;
  batch = [];
  const beacon = {
    beacon_id: `${Date.now()}-${uuid()}`,
    site: options.site,
    ...(CORE || options.mode != "storage-free" ? who : { entry: who.entry }),
    screen: `${screen.width}x${screen.height}`,
    language: navigator.language,
    events,
  };
  void send(beacon, isLeaving);
};

/** Adds a hit of the current page to the batch; a sibling tab's newer session stays as it is. */
const add = (event_type: string, data: Data): Hit | undefined => {
  if (!isAllowed()) return;
  if (batch.length == BATCH_HITS || JSON.stringify(batch).length > BATCH_CHARACTERS) flush();
  const known = shared()!;
  const isOurs = known.session_id == session!.session_id;
  const seq = ++(isOurs ? known : session!).seq;
  if (isOurs) adopt(known);
  const hit = { event_type, url, data, seq, age_ms: Date.now() };
  batch.push(hit);
  schedule();
  return hit;
};

const reportEngagement = (): void => {
  const engagement_ms = takeEngagement();
  if (page && engagement_ms) add("user_engagement", { engagement_ms, percent: depth() });
};

/** Begins a pageview, in a new session if the last is over. */
const begin = (referrer: string): void => {
  stir();
  reportEngagement();
  const address = clean(location.href);
  const live = alive({ url: address, referrer });
  if (live.session_id != session?.session_id) flush();
  adopt(live);
  page = pageKey();
  url = address;
  has90 = false;
  resetDepth();
  view = add("pageview", {});
  if (view) view.referrer = referrer;
};

/** Notices that the address became another page's. */
const follow = (): void => {
  if (page && pageKey() != page) begin(url);
};

/** Something is being done: it belongs to a live session, which begins with a pageview. */
const settle = (): void => {
  follow();
  const live = alive(session!.entry);
  if (live.session_id != session!.session_id) begin("");
  else adopt(live);
};

const start = (): void => {
  if (page || isHidden() || !isAllowed()) return;
  run(isFocused);
  // A reload or a restored tab was not sent here by the referrer again.
  begin(!CORE && /^[rb]/.test(navigation?.type!) ? "" : clean(document.referrer));
  for (const call of held) event(...call);
  held = [];
};

/** Reports an event of the site's own. Held while the page is not shown or not yet allowed. */
export const event = (name: string, data?: Data): void => {
  if (page) {
    const kept: Data = {};
    for (const key in data) {
      if (/string|number|boolean/.test(typeof data[key])) kept[key] = data[key]!;
    }
    settle();
    add(name, kept);
    if (isHidden()) flush();
  } else held.push([name, data]);
};

/** Stops for good in this browser and removes what was stored. */
export const optOut = (): void => {
  for (const store of [local, tab]) {
    for (const key in store) if (key.startsWith("footfall.")) delete store[key];
  }
  put(local, MODE_KEY, "consent");
  batch = [];
  page = view = undefined;
  forgetSession();
};

/** Allows again, or consents in `consent` mode; the page is counted now. */
export const optIn = (): void => {
  put(local, MODE_KEY, "given");
  start();
};

/** Clock, arrival and departure. Neither `unload` nor `beforeunload`: they cost the bfcache. */
const onLifecycle = ({ type, persisted }: PageTransitionEvent): void => {
  if (type == "focus") isFocused = true;
  if (type == "blur") isFocused = document.activeElement?.localName == "iframe";
  const isShown = type != "pagehide" && !isHidden();
  run(isShown && isFocused);
  if (!isShown) leave(type == "pagehide");
  else if (!page) start();
  else if (persisted) begin("");
  else if (type != "blur") onActivity();
};

const leave = (isLeaving: boolean): void => {
  follow();
  reportEngagement();
  flush(isLeaving);
};

const onActivity = (): void => {
  stir();
  if (page && Date.now() - session!.last > TOUCH_MS) settle();
};

const onInput = (input: Event): void => {
  onActivity();
  if (/click/.test(input.type)) onClick(input as MouseEvent, event);
  if (input.type == "scroll") onScroll(input.target as Element);
};

const onScroll = (target: Element & { scrollingElement?: Element }): void => {
  if (page && isPageScroll(target) && !has90 && depth() >= 90) {
    has90 = true;
    add("scroll", { percent: 90 });
  }
};

const later = (): unknown => setTimeout(guard, 0, follow);

const wrapHistory = (name: "pushState" | "replaceState"): void => {
  const original = history[name];
  history[name] = function (_state, _title) {
    original.apply(this, arguments as unknown as Parameters<History["pushState"]>);
    later();
  };
};

/** Starts the tracker. */
export const init = (given: Options): void => {
  setOptions(given);
  openStores();
  isFocused = document.hasFocus();
  listen("visibilitychange focus blur pagehide pageshow", onLifecycle);
  listen("popstate hashchange", later);
  listen("mousemove pointerdown keydown touchstart scroll click auxclick", onInput, true);
  guard(wrapHistory, "pushState");
  guard(wrapHistory, "replaceState");
  start();
};
