// The only file that talks to the API.
import { token } from "../browser/memory.ts";

export interface Row {
  id: string;
  sessions?: number;
  pageviews?: number;
  users?: number;
  count?: number;
  engagement_ms?: number;
  scrolled_90?: number;
}

export interface Totals {
  users: number;
  sessions: number;
  pageviews: number;
  bounce_rate: number;
  engagement_ms_per_session: number;
  views_per_session: number;
}

export interface Trend {
  t: number[];
  users: number[];
  sessions: number[];
  pageviews: number[];
}

export interface Stats {
  meta: {
    site: string;
    tz: string;
    from: number;
    to: number;
    bucket: "hour" | "day" | "week" | "month";
    unfinished: boolean;
    generated_at: number;
    partial: string[];
  };
  totals: Totals;
  previous: Totals | null;
  trend: Trend & { previous: Trend | null };
  visitors: { new: number; returning: number; t: number[]; new_pageviews: number[]; returning_pageviews: number[] };
  top: Record<string, Row[]>;
}

export interface Flow {
  nodes: { id: string; step: number; label: string }[];
  links: { source: string; target: string; value: number }[];
  sessions: number;
}

export interface Live {
  at: number;
  live_users: number;
  minutes: number[];
  pages: Row[];
  sources: Row[];
}

export interface PropertyKeys {
  count: number;
  keys: { key: string; count: number; values: number; types: Record<"text" | "number" | "boolean", number> }[];
}

export interface PropertyValues {
  missing: number;
  rows: { id: string; type: "text" | "number" | "boolean"; count: number; sessions: number }[];
  other: { values: number; count: number } | null;
  numbers: Record<"sum" | "min" | "max" | "p50" | "p90", number> | null;
}

export type TimingName = "load" | "lcp" | "inp" | "cls" | "fcp" | "ttfb";

export interface Timing {
  n: number;
  p75: number;
  good: number;
  needs: number;
  poor: number;
}

export type TimingRow = { id: string; loads: number } & Record<TimingName, Timing | null>;

/** Why the API did not answer. `status` 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

declare global {
  interface Window {
    /** Requests that the page's first script has sent before the application arrived, by address. */
    early?: Map<string, Promise<Response>>;
  }
}

export const send = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, headers: { Authorization: `Bearer ${token()}`, ...init.headers }, credentials: "omit" });

/** The JSON answer to `path?query`; throws ApiError, or AbortError when `signal` fires. */
export async function ask<T>(path: string, query = "", init: RequestInit = {}): Promise<T> {
  const url = query ? `${path}?${query}` : path;
  const early = window.early?.get(url);
  window.early?.delete(url);
  let response: Response;
  try {
    response = await (early ?? send(url, init));
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "");
  }
  const answer: unknown = await response.json().catch(() => null);
  init.signal?.throwIfAborted();
  if (response.ok && answer !== null) return answer as T;
  const refusal = (answer as { error?: { message?: unknown } } | null)?.error;
  throw new ApiError(response.status, typeof refusal?.message === "string" ? refusal.message : "");
}

/** The answer to `path` with the rows of all its pages; throws as `ask` does. */
export async function askAll<T>(path: string, rowsOf: (answer: T) => unknown[]): Promise<T> {
  const whole = await ask<T & { cursor?: string | null }>(path);
  for (let { cursor } = whole; cursor; ) {
    const next = await ask<typeof whole>(path, String(new URLSearchParams({ cursor })));
    rowsOf(whole).push(...rowsOf(next));
    cursor = next.cursor;
  }
  return whole;
}

/** How a body is sent. */
export const json = (method: string, body: object): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { "Content-Type": "application/json" },
});
