/**
 * The engagement clock: time in which the page is visible, in focus and its visitor not idle.
 * It holds no timer: a stretch is counted when something happens, cut at the moment the visitor
 * became idle. `performance.now()` stands still while the machine sleeps.
 */
const IDLE_MS = 60_000;

let counted = 0;
let since: number;
export let isRunning: boolean;

/**
 * Something happened: counts up to now; from now on time counts, or does not. Whole milliseconds
 * counted and not yet dropped; the fraction stays for later.
 */
export const run = (shallRun: boolean): number => {
  const now = performance.now();
  if (isRunning) counted += Math.min(now - since, IDLE_MS);
  since = now;
  isRunning = shallRun;
  return counted | 0;
};

export const dropEngagement = (reported_ms: number): void => {
  counted -= reported_ms;
};
