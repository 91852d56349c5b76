/**
 * Beacons on their way. Each is kept in the browser's storage under its own key from forming to
 * answer, so that a closed tab, a lost network or a collector that is down delays it and loses
 * nothing. Whoever sends a beacon leases it first, so that tabs do not send it at once. Where two
 * tabs race all the same it costs a request and no count: the collector knows a beacon by its id.
 *
 * A page that is left never hears the answer to its last beacon. Nearly all of them arrived, so
 * the pages that follow in the tab leave it alone; the next visit in a new tab sends it again.
 */
import { guard } from "./guard";
import { options } from "./options";
import { isNewTab, local, put } from "./store";
import type { Beacon } from "./wire";

const KEY = "footfall.beacon.";
const KEPT_BEACONS = 50;
const KEPT_MS = 7 * 24 * 3_600_000;
/** How long later pages of the tab take for granted that the last beacon of a page arrived. */
const UNHEARD_MS = 30 * 60_000;
const MAX_WAIT_MS = 300_000;
/** Bodies of keepalive requests in flight share 64 KiB, with those of the page itself. */
const KEEPALIVE_CHARACTERS = 60_000;

let charactersInFlight = 0;
let failures = 0;
/** The page's next attempt after its last failure: one, however many beacons wait. */
let timer: number | undefined;

/**
 * Sends a formed beacon. The body is text/plain: any other type costs a preflight. A page that is
 * being left uses `sendBeacon`: Firefox keeps fetches alive only since 133.
 */
export const send = async (beacon: Beacon, isLeaving?: boolean): Promise<void> => {
  const key = KEY + beacon.beacon_id;
  const leaseFor = (wait_ms: number): void => put(local, key, JSON.stringify([Date.now() + wait_ms, beacon]));
  const body = JSON.stringify({
    ...beacon,
    events: beacon.events.map((hit) => ({ ...hit, age_ms: Date.now() - hit.age_ms })),
  });
  if (CORE) {
    if (!isLeaving || !navigator.sendBeacon(options.api!, body)) {
      const answer = fetch(options.api!, { method: "POST", body, keepalive: true });
      await answer.then((read) => read.text()).catch(() => {});
    }
    return;
  }
  let wait_ms = Math.min(MAX_WAIT_MS, 2 ** failures++ * 500 * (1 + Math.random()));
  try {
    if (isLeaving && navigator.sendBeacon(options.api!, body)) return leaseFor(UNHEARD_MS);
    const keepalive = (charactersInFlight += body.length) < KEEPALIVE_CHARACTERS;
    // A navigation cancels what is not kept alive: its lease (x / 0, null in JSON) ends with the page.
    leaseFor(UNHEARD_MS / (keepalive as any));
    const answer = await fetch(options.api!, { method: "POST", body, keepalive });
    // Chromium frees a request's part of the 64 KiB with the last byte of its answer.
    await answer.text();
    wait_ms = /^(408|429|5)/.test(answer.status as unknown as string)
      ? (answer.headers.get("Retry-After") as any) * 1000 || wait_ms
      : (failures = 0);
  } catch {}
  charactersInFlight -= body.length;
  if (wait_ms) {
    // Opting out meanwhile has removed it.
    if (local[key]) leaseFor(wait_ms);
    clearTimeout(timer);
    timer = setTimeout(guard, wait_ms, drain);
  } else {
    delete local[key];
    guard(drain);
  }
};

/**
 * Sends the oldest beacon that is neither under way nor left for half an hour; its answer calls
 * for the next. Waits after a failure are shorter and need no look: the collector has just
 * answered, or the wait is over. A lease without an end is over with the page that took it. Keys
 * sort by age.
 */
const drain = (): unknown => {
  const keys = Object.keys(local)
    .filter((key) => key.startsWith(KEY))
    .sort();
  while (keys[KEPT_BEACONS] || keys[0]! < KEY + (Date.now() - KEPT_MS)) delete local[keys.shift()!];
  for (const key of keys) {
    const [until, beacon] = JSON.parse(local[key]!);
    const isOlder = key < KEY + performance.timeOrigin;
    if (until ? until - Date.now() < MAX_WAIT_MS || (isNewTab && isOlder) : isOlder) return send(beacon);
  }
  return;
};
