/**
 * Beacons on their way. Each is kept in the store under its own key from forming to answer, so
 * that a closed tab, a lost network or a collector that is down delays it but loses nothing.
 * Two tabs do not send one beacon at once: the sender leases it, and the lease doubles as the
 * time to wait after a failure. A race of two tabs costs a request, never a count: the
 * collector knows a beacon by its id.
 */
import { options } from "./options";
import { keys, read, remove, write } from "./store";
import type { Beacon } from "./wire";

const KEY = "beacon.";
const KEPT_BEACONS = 50;
const KEPT_MS = 7 * 24 * 3_600_000;
const LEASE_MS = 30_000;
/** Bodies of keepalive requests in flight share 64 KiB, with those of the page itself. */
const KEEPALIVE_BYTES = 60_000;

interface Kept {
  /** Epoch milliseconds until which nobody else sends it. */
  until: number;
  beacon: Beacon;
}

let bytesInFlight = 0;
let failures = 0;
let timer = 0;
/** Beacons in flight that a navigation cancels. */
const fragile = new Map<string, Beacon>();

const keep = (beacon: Beacon, until: number): void =>
  write(KEY + beacon.beacon_id, JSON.stringify({ until, beacon }));

/** As sent now: ages instead of times, since clocks of visitors are days off. */
const bodyOf = (beacon: Beacon): string =>
  JSON.stringify({
    ...beacon,
    events: beacon.events.map(({ at, ...hit }) => ({ ...hit, age_ms: Math.max(0, Date.now() - at) })),
  });

/** Seconds to wait before the next attempt; 0 when there is none to make. */
const waitAfter = (answer?: Response): number => {
  if (answer && answer.status < 500 && answer.status != 429 && answer.status != 408) return 0;
  const backOff = Math.min(300, 2 ** failures++) * (0.5 + Math.random() / 2);
  return +(answer?.headers.get("Retry-After") ?? 0) || backOff;
};

/** Sends a formed beacon. The body is text/plain: any other type costs a preflight. */
export const send = async (beacon: Beacon): Promise<void> => {
  const id = beacon.beacon_id;
  const body = bodyOf(beacon);
  const size = new Blob([body]).size;
  const keepalive = bytesInFlight + size < KEEPALIVE_BYTES;
  const weight = keepalive ? size : 0;
  let answer;
  keep(beacon, Date.now() + LEASE_MS);
  if (!keepalive) fragile.set(id, beacon);
  bytesInFlight += weight;
  try {
    answer = await fetch(options.api!, { method: "POST", body, keepalive });
  } catch {}
  bytesInFlight -= weight;
  fragile.delete(id);
  const wait = waitAfter(answer) * 1000;
  if (wait) {
    keep(beacon, Date.now() + wait);
    clearTimeout(timer);
    timer = setTimeout(drain, wait);
  } else {
    failures = 0;
    remove(KEY + id);
    drain();
  }
};

/** Sends the oldest beacon that is free; its answer calls for the next. `all`: the network is back. */
export const drain = (all?: unknown): void => {
  for (const key of keys(KEY)) {
    const kept: Kept = JSON.parse(read(key)!);
    const formedAt = parseInt(kept.beacon.beacon_id);
    if (Date.now() - formedAt > KEPT_MS) remove(key);
    else if (all || kept.until < Date.now()) {
      void send(kept.beacon);
      if (!all) return;
    }
  }
};
