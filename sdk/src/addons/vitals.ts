/** Add-on: the page's web vitals as one event when it is hidden, before the tracker's last word. */
interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}
interface Timed extends PerformanceEntry {
  /** Interactions only; 0 for events that belong to none. */
  interactionId?: number;
}

const page = window as unknown as { footfall?: (...call: unknown[]) => void };
const navigation = performance.getEntriesByType("navigation")[0] as
  | (PerformanceNavigationTiming & { activationStart?: number })
  | undefined;
/** A prerendered page's times count from the moment it was shown. */
const sinceShown = (time: number): number => Math.max(0, Math.round(time - (navigation?.activationStart ?? 0)));

const vitals: Record<string, number> = {};
let windowValue = 0;
let windowStart = 0;
let lastShift = 0;

const observe = (type: string, note: (entry: any) => void): void => {
  try {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
    observer.observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
  } catch {}
};

observe("paint", ({ name, startTime }: PerformanceEntry) => {
  if (name == "first-contentful-paint") vitals.fcp = sinceShown(startTime);
});
observe("largest-contentful-paint", ({ startTime }: PerformanceEntry) => {
  vitals.lcp = sinceShown(startTime);
});
observe("event", ({ interactionId, duration }: Timed) => {
  if (interactionId) vitals.inp = Math.max(vitals.inp ?? 0, Math.round(duration));
});
// CLS is the worst window of shifts: at most 5 s long, without a gap of 1 s (web.dev/cls).
observe("layout-shift", ({ value, hadRecentInput, startTime }: Shift) => {
  if (hadRecentInput) return;
  if (startTime - lastShift > 1_000 || startTime - windowStart > 5_000) {
    windowValue = 0;
    windowStart = startTime;
  }
  lastShift = startTime;
  windowValue += value;
  vitals.cls = Math.max(vitals.cls ?? 0, Math.round(windowValue * 10_000) / 10_000);
});

let isReported = false;
const report = (): void => {
  if (isReported) return;
  isReported = true;
  if (navigation) vitals.ttfb = sinceShown(navigation.responseStart);
  page.footfall?.("event", "web_vitals", vitals);
};

// Listeners of the window hear in the order of their tags: this one stands before the tracker's.
addEventListener("visibilitychange", () => document.visibilityState == "hidden" && report());
addEventListener("pagehide", report);
export {};
