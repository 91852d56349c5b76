/** Who visits, and in which session: one record, shared by the browser's tabs. */
import { guard } from "./guard";
import { KEY, local, put, tab } from "./store";
import { uuid } from "./uuid";
import type { Entry } from "./wire";

const SESSION_MS = 30 * 60_000;

export interface Session {
  visitor_id: string;
  session_id: string;
  entry: Entry;
  /** Epoch milliseconds of the last activity in any tab. */
  last: number;
  /** How many events it has had, in all tabs. */
  seq: number;
}

/** This page's session; a sibling tab may have begun a newer one. */
export let session: Session | undefined;

/** As the browser's tabs share it, expired or not; this page's where that was cleared. */
export const shared = (): Session | undefined =>
  guard(() => JSON.parse(CORE ? local[KEY]! : (local[KEY] ?? tab[KEY]!))) ?? session;

/**
 * The session of what happens now, or a new one of the same visitor that begins with `entry`.
 * A `last` in the far future is a clock that was set back, and no activity.
 */
export const alive = (entry: Entry): Session => {
  const last = Date.now();
  const known = shared();
  return {
    visitor_id: uuid(),
    ...known,
    ...((Math.abs(last - known?.last!) < SESSION_MS || { session_id: uuid(), entry, seq: 0 }) as object),
    last,
  } as Session;
};

/** Makes it this page's and the browser's; the tab's copy outlives a full quota. */
export const adopt = (live: Session): void => {
  session = live;
  const record = JSON.stringify(live);
  put(local, KEY, record);
  if (!CORE) put(tab, KEY, record);
};

export const forgetSession = (): undefined => (session = undefined);
