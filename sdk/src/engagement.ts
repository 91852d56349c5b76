/**
 * The engagement clock: time in which the page is visible, in focus and its visitor not idle.
 * It holds no timer: a stretch is counted when something happens, cut at the moment the visitor
 * became idle. `performance.now()` stands still while the machine sleeps.
 */
const IDLE_MS = 60_000;

let counted = 0;
let since = 0;
let isRunning = false;

/** The visitor moved, typed, scrolled, came back or went to another page. */
export const stir = (): void => {
  const now = performance.now();
  if (isRunning) counted += Math.min(now - since, IDLE_MS);
  since = now;
};

/** Counts up to now; from now on time counts, or does not. */
export const run = (shallRun: boolean): void => {
  stir();
  isRunning = shallRun;
};

/** Whole milliseconds counted since the last call; the fraction stays for the next. */
export const takeEngagement = (): number => {
  const whole = Math.floor(counted);
  counted -= whole;
  return whole;
};
