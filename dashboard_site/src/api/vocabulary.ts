// Made by `make vocabulary` from chalicelib/query/vocabulary.py.
export const OPERATORS = ["is", "is_not", "contains", "not_contains", "starts_with"] as const;
/** What the trend counts. */
export const METRICS = ["users", "sessions", "pageviews"] as const;
/** Dimensions by what they speak of. */
export const GROUPS = {
  source: ["channel", "source", "referrer", "campaign"],
  content: ["page", "entry_page", "exit_page", "outbound", "event"],
  visitor: ["device", "browser", "os", "country", "language", "screen"],
} as const;
/** The number that a list is ranked by, where it is not sessions. */
export const RANKED_BY: Record<string, "pageviews" | "count"> = {
  page: "pageviews",
  outbound: "count",
  event: "count",
};

export type Operator = (typeof OPERATORS)[number];
export type Metric = (typeof METRICS)[number];
export type Dimension = (typeof GROUPS)[keyof typeof GROUPS][number];
