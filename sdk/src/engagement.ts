/**
 * The engagement clock: time in which the page is visible, in focus and its visitor not idle.
 * It holds no timer. A stretch is counted when it ends (or is asked for), cut at the moment
 * the visitor became idle. `performance.now()` stands still while the machine sleeps.
 */
const IDLE_MS = 60_000;

let counted = 0;
let since = 0;
let idleAt = 0;
let isRunning = false;

const count = (): void => {
  const now = performance.now();
  if (isRunning) counted += Math.max(0, Math.min(now, idleAt) - since);
  since = now;
};

/** The visitor moved, typed, scrolled or came back. */
export const stir = (): void => {
  count();
  idleAt = since + IDLE_MS;
};

export const run = (shallRun: boolean): void => {
  if (shallRun && !isRunning) stir();
  count();
  isRunning = shallRun;
};

/** Whole milliseconds since the last call; the fraction stays for the next. */
export const takeEngagement = (): number => {
  count();
  const whole = Math.floor(counted);
  counted -= whole;
  return whole;
};
