/** The shapes that travel. Field by field they are described in `sdk/README.md`. */

declare global {
  /** Set by the build: true leaves out what the core build does not have. */
  const CORE: boolean;
}

/** Free key-values of an event. Other values than these are left out. */
export type Data = Record<string, string | number | boolean>;

export interface Hit {
  event_type: string;
  url: string;
  /** Number of the event in its session, across pages and tabs. */
  seq: number;
  /** Until it is sent: when it happened, by this browser's clock. Clocks may be days off. */
  age_ms: number;
  /** Only with a pageview, as it stands when the beacon is formed: routers set it late. */
  title?: string;
  /** Only with a pageview: the page before it, or the document's referrer. */
  referrer?: string;
  data: Data;
}

/** One request. Once formed it keeps its id and its hits, however often it is sent. */
export interface Beacon {
  /** Begins with the epoch milliseconds of its forming, so that ids sort by age. */
  beacon_id: string;
  site?: string;
  /** Absent in storage-free mode, like `session_id`. */
  visitor_id?: string;
  session_id?: string;
  entry: Entry;
  screen: string;
  language: string;
  events: Hit[];
}

/** What the session began with; every beacon of the session repeats it. */
export interface Entry {
  url: string;
  referrer: string;
}
