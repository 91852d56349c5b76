/**
 * Add-on: web vitals as the npm package `web-vitals` 6.2.3 measures them, one event for each page
 * that is shown: the load, a route of the same document, a page that the back/forward cache gave
 * back. The event is sent when the page is hidden, or before its address becomes another route's.
 */
import { guard } from "../guard";
import { isTracking, listen, report, routeOf, wrapHistory } from "./page";

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}
interface Timed extends PerformanceEntry {
  /** 0 for events that belong to no interaction. */
  interactionId: number;
}
type Load = PerformanceNavigationTiming & { activationStart?: number };
type Vitals = Partial<Record<"lcp" | "inp" | "cls" | "fcp" | "ttfb", number>>;

/** One in so many interactions is left out of INP, the longest first. */
const INTERACTIONS_PER_OUTLIER = 50;
const KEPT_INTERACTIONS = 10;
/** What the package takes for interactions too short to be heard of, after the load's. */
const UNHEARD_MS = 8;

/** Of the page that is shown. */
let vitals: Vitals = {};
let isLoad = true;
let isReported = false;
/** A document that was never seen to paint has no CLS; one that was has at least 0. */
let hasPainted = false;
let interactionsBefore = 0;
let interactions: [id: number, duration: number][] = [];
let worstWindow = 0;
let windowValue = 0;
let windowStart = 0;
let lastShift = 0;

const beginPage = (): void => {
  vitals = {};
  isLoad = isReported = false;
  interactionsBefore = performance.interactionCount;
  interactions = [];
  worstWindow = windowValue = 0;
};

const noteShift = ({ value, hadRecentInput, startTime }: Shift): void => {
  if (hadRecentInput) return;
  // CLS is the worst window of shifts: shorter than 5 s, without a gap of 1 s (web.dev/cls).
  if (startTime - lastShift >= 1_000 || startTime - windowStart >= 5_000) windowValue = 0;
  if (!windowValue) windowStart = startTime;
  lastShift = startTime;
  windowValue += value;
  worstWindow = Math.max(worstWindow, windowValue);
};

const noteInteraction = ({ interactionId, duration }: Timed): void => {
  if (!interactionId) return;
  const known = interactions.find(([id]) => id == interactionId);
  if (known) known[1] = Math.max(known[1], duration);
  else interactions.push([interactionId, duration]);
  interactions.sort((one, other) => other[1] - one[1]).splice(KEPT_INTERACTIONS);
};

/** INP by the package's rule, undefined without an interaction. Browsers that do not count have no outliers. */
const findInp = (): number | undefined => {
  const count = performance.interactionCount - interactionsBefore || 0;
  const outliers = Math.floor(count / INTERACTIONS_PER_OUTLIER);
  const found = interactions[Math.min(outliers, interactions.length - 1)];
  return found ? found[1] : count && !isLoad ? UNHEARD_MS : undefined;
};

const start = (): void => {
  const load = vitals;
  const navigation = performance.getEntriesByType("navigation")[0] as Load | undefined;
  // A prerendered page's times count from the moment it was shown.
  const shownAt = navigation?.activationStart ?? 0;
  const sinceShown = (time: number): number => Math.max(0, Math.round(time - shownAt));
  const hidden = performance
    .getEntriesByType("visibility-state")
    .find(({ name, startTime }) => name == "hidden" && startTime >= shownAt);
  const hiddenAt = hidden?.startTime ?? (document.hidden ? 0 : Infinity);

  // Some browsers state 0 or a time to come.
  const responseStart = navigation?.responseStart ?? 0;
  if (responseStart > 0 && responseStart < performance.now()) load.ttfb = sinceShown(responseStart);

  const notes: Record<string, (entry: any) => void> = {
    paint: ({ name, startTime }) => {
      if (name == "first-contentful-paint" && startTime < hiddenAt) {
        load.fcp = sinceShown(startTime);
        hasPainted = true;
      }
    },
    // The browser itself ends LCP at the first input (w3.org/TR/largest-contentful-paint).
    "largest-contentful-paint": ({ startTime }) => {
      if (startTime < hiddenAt) load.lcp = sinceShown(startTime);
    },
    "layout-shift": noteShift,
    event: noteInteraction,
    "first-input": noteInteraction,
  };
  const noteAll = (entries: PerformanceEntry[]): void => {
    for (const entry of entries) notes[entry.entryType]!(entry);
  };
  const known = PerformanceObserver.supportedEntryTypes;
  const observer = new PerformanceObserver((list) => noteAll(list.getEntries()));
  for (const type in notes) {
    if (known.includes(type)) {
      observer.observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
    }
  }

  const reportVitals = (): void => {
    noteAll(observer.takeRecords());
    if (isReported) return;
    isReported = true;
    const inp = findInp();
    if (inp != null) vitals.inp = Math.round(inp);
    if (hasPainted && known.includes("layout-shift")) vitals.cls = Math.round(worstWindow * 10_000) / 10_000;
    if (Object.keys(vitals)[0]) report("web_vitals", vitals);
  };

  // Heard while the address is still the old one, which the tracker gives the event.
  const leaveRoute = (to: string | URL): void => {
    if (!isTracking() || routeOf(to) == routeOf(location.href)) return;
    reportVitals();
    beginPage();
  };
  if (window.navigation) {
    window.navigation.addEventListener("navigate", ({ destination }) => {
      if (destination.sameDocument) guard(leaveRoute, destination.url);
    });
  } else wrapHistory(leaveRoute);

  listen("visibilitychange", () => document.hidden && reportVitals());
  listen("pagehide", reportVitals);
  listen("pageshow", ({ persisted, timeStamp }: PageTransitionEvent) => {
    if (!persisted) return;
    beginPage();
    const restored = vitals;
    hasPainted = true;
    if (load.ttfb != null) restored.ttfb = 0;
    const notePaint = () => {
      const wait_ms = Math.round(performance.now() - timeStamp);
      if (known.includes("paint")) restored.fcp = wait_ms;
      if (known.includes("largest-contentful-paint")) restored.lcp = wait_ms;
    };
    requestAnimationFrame(() => requestAnimationFrame(notePaint));
  });
};

if ((document as { prerendering?: boolean }).prerendering) listen("prerenderingchange", start);
else guard(start);
