/**
 * The tracker: hits gather in a batch, batches become beacons. Nothing happens before the page
 * is allowed to be counted and really shown: prerendered pages and background tabs are hidden.
 */
import { clean, isExcluded, pageKey } from "./address";
import { depth, resetDepth } from "./depth";
import { dropEngagement, isRunning, run } from "./engagement";
import { guard } from "./guard";
import { onClick } from "./links";
import { options, type Options } from "./options";
import { send } from "./outbox";
import { adopt, alive, forgetSession, session, shared } from "./session";
import { KEY, local, openStores, put, tab } from "./store";
import { uuid } from "./uuid";
import type { Data, Hit } from "./wire";

/** Routers set the title some frames after the address; hits of one moment travel together. */
const BATCH_MS = 300;
/** A page that still loads after this long is counted without its load time. */
const LOAD_MS = 5_000;
/** A beacon may have 50 events and 64 KiB; a character takes up to three bytes. */
const BATCH_HITS = 50;
const BATCH_CHARACTERS = 16_000;
/** A page that waits for consent may call for days. */
const HELD_EVENTS = 500;
/** The collector keeps 500 characters of a text, of which the longest take two. */
const TEXT_CHARACTERS = 1_000;
/** How exactly the other tabs know when somebody was last active here. */
const TOUCH_MS = 10_000;

/** Neither `unload` nor `beforeunload`: they cost the bfcache. Touches move a pointer or click. */
const EVENTS = "visibilitychange focus pagehide pointermove pageshow keydown click auxclick blur scroll popstate";

/** What makes the page this page, and its address; undefined before it is counted. */
let page: string | undefined;
let url: string;
/** The pageview that still waits for its title. */
let view: Hit | undefined;
let has90: boolean | undefined;
let batch: Hit[] = [];
/** Calls from before it was counted. Where it never will be, nothing else would end them. */
const held: [string, Data?][] = [];

/** The visitor's own choice, if one was made; it goes before the site's. */
const MODE_KEY = "footfall.mode";

const isAllowed = (): boolean =>
  !(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl &&
  (CORE ||
    (!(options.dnt != null && (navigator.doNotTrack as any) > 0) &&
      (local[MODE_KEY] ?? options.mode) != "consent" &&
      !isExcluded()));

/**
 * The load, until its pageview is sent. A live view: the time of its end stands in it later.
 * Absent before Safari 15.
 */
let navigation = performance.getEntriesByType("navigation")[0] as
  | (PerformanceNavigationTiming & { activationStart?: number })
  | undefined;

/** Sends the batch soon, the first pageview not before its load time is known. */
const schedule = (): void => {
  setTimeout(guard, BATCH_MS, () => {
    if (navigation?.loadEventEnd == 0 && performance.now() < LOAD_MS) schedule();
    else flush();
  });
};

/** What is known of the waiting pageview only now. */
const completeView = (): void => {
  if (!view) return;
  view.title = document.title;
  // A prerendered page was fetched before anybody asked for it: the wait begins when shown.
  if (navigation?.loadEventEnd) {
    const wait_ms = navigation.loadEventEnd - (navigation.activationStart ?? 0);
    view.data.load_time_ms = Math.max(0, wait_ms) | 0;
  }
  view = navigation = undefined;
};

/** Forms a beacon of the batch and sends it. */
const flush = (isLeaving?: boolean): void => {
  completeView();
  if (!batch[0]) return;
  const { last, seq, ...who } = session!;
  const beacon = {
    beacon_id: Date.now() + "-" + uuid(),
    site: options.site,
    ...(CORE || options.mode != "storage-free" ? who : { entry: who.entry }),
    screen: screen.width + "x" + screen.height,
    language: navigator.language,
    events: batch,
  };
  void send(beacon, isLeaving);
  batch = [];
};

/** Adds a hit of the current page to the batch; a sibling tab's newer session stays as it is. */
const add = (event_type: string, data: Data, referrer?: string): Hit | undefined => {
  if (!isAllowed()) return;
  if (batch[BATCH_HITS - 1] || JSON.stringify([batch, data])[BATCH_CHARACTERS]) flush();
  const known = shared()!;
  known.seq++;
  if (known.session_id == session!.session_id) adopt(known);
  else session!.seq++;
  const hit = { event_type, url, referrer, data, seq: session!.seq, age_ms: Date.now() };
  if (batch.push(hit) < 2) schedule();
  return hit;
};

const reportEngagement = (): void => {
  const engagement_ms = run(isRunning);
  dropEngagement(engagement_ms);
  if (page && engagement_ms) add("user_engagement", { engagement_ms, percent: depth() });
};

/** Begins a pageview, in a new session if the last is over. */
const begin = (referrer: string): void => {
  reportEngagement();
  url = clean(location.href);
  const live = alive({ url, referrer });
  if (live.session_id != session?.session_id) flush();
  adopt(live);
  page = pageKey();
  has90 = false;
  resetDepth();
  view = add("pageview", {}, referrer);
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
  if (!isAllowed()) return;
  // A reload or a restored tab was not sent here by the referrer again.
  begin(!CORE && /^[rb]/.test(navigation?.type!) ? "" : clean(document.referrer));
  for (const call of held.splice(0)) event(...call);
};

/** Reports an event of the site's own. Held while the page is not shown or not yet allowed. */
export const event = (name: string, data?: Data): void => {
  if (page) {
    const kept: Data = {};
    for (const key in data) {
      const value: any = data[key];
      // Strings, numbers and booleans, of all that `typeof` can say.
      if (/r|oo/.test(typeof value)) kept[key] = value.slice?.(0, TEXT_CHARACTERS) ?? value;
    }
    settle();
    add(name, kept);
    if (document.hidden) flush();
  } else if (!held[HELD_EVENTS - 1]) held.push([name, data]);
};

/** Stops for good in this browser and removes what was stored. */
export const optOut = (): void => {
  for (const key in local) if (key.startsWith("footfall.")) delete local[key];
  delete tab[KEY];
  put(local, MODE_KEY, "consent");
  batch = [];
  page = view = forgetSession();
};

/** Allows again, or consents in `consent` mode; the page is counted now. */
export const optIn = (): void => {
  put(local, MODE_KEY, "given");
  onEvent({});
};

/** The page scrolled, or a box that may fill at least half of it. */
const onScroll = (box: Element): void => {
  const isPage = box.clientWidth * box.clientHeight * 2 >= innerWidth * innerHeight;
  if (page && !has90 && isPage && depth(box) >= 90) {
    has90 = true;
    add("scroll", { percent: 90 });
  }
};

/** Clock, arrival, departure and all that the visitor does. */
const onEvent = (happened: any): void => {
  const { type } = happened;
  const isLeaving = type == "pagehide";
  const isShown = !isLeaving && !document.hidden;
  run(isShown && document.hasFocus());
  follow();
  if (!isShown) {
    reportEngagement();
    flush(isLeaving);
  } else if (!page) start();
  else if (happened.persisted) begin("");
  else if (type != "blur" && Date.now() - session!.last > TOUCH_MS) settle();
  if (/click/.test(type)) onClick(happened, event);
  if (type == "scroll") onScroll(happened.target.scrollingElement ?? happened.target);
};

const wrapHistory = (name: "pushState" | "replaceState"): void => {
  const original = history[name];
  history[name] = function (_state, _title) {
    original.apply(this, arguments as unknown as Parameters<History["pushState"]>);
    setTimeout(guard, 0, follow);
  };
};

/** Starts the tracker. */
export const init = (given: Options): void => {
  Object.assign(options, given);
  openStores();
  for (const type of EVENTS.split(" ")) {
    addEventListener(type, (happened) => guard(onEvent, happened), true);
  }
  guard(wrapHistory, "pushState");
  guard(wrapHistory, "replaceState");
  onEvent({});
};
