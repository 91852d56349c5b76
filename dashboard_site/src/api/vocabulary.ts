// Made by `make vocabulary` from chalicelib/query/vocabulary.py.
export const OPERATORS = [
  "is",
  "is_not",
  "contains",
  "not_contains",
  "starts_with",
  "matches",
  "not_matches",
] as const;
/** For the data of an event, besides all others. */
export const DATA_OPERATORS = ["gt", "gte", "lt", "lte", "is_number", "is_text", "is_boolean"] as const;
/** What a session is or is not: `true` or `false`. */
export const FLAGS = ["engaged"] as const;
/** What the trend counts. */
export const METRICS = ["users", "sessions", "pageviews"] as const;
/** Dimensions that `stats` lists unless asked for others, by what they speak of. */
export const GROUPS = {
  source: ["channel", "source", "referrer", "campaign"],
  content: ["page", "entry_page", "exit_page", "outbound", "event"],
  visitor: ["device", "browser", "os", "country", "language", "screen"],
} as const;
/** The others. */
export const BESIDE = {
  source: ["medium", "campaign_id", "term", "content", "attributed_by"],
  content: ["title", "hostname"],
  visitor: ["region", "city", "browser_version", "os_version", "placed_by", "bot"],
} as const;
/** The number that a list is ranked by, where it is not sessions. */
export const RANKED_BY: Record<string, "pageviews" | "count"> = {
  page: "pageviews",
  outbound: "count",
  event: "count",
  title: "pageviews",
};

export type Operator = (typeof OPERATORS)[number];
export type DataOperator = Operator | (typeof DATA_OPERATORS)[number];
export type Flag = (typeof FLAGS)[number];
export type Metric = (typeof METRICS)[number];
export type Dimension = (typeof GROUPS)[keyof typeof GROUPS][number] | (typeof BESIDE)[keyof typeof BESIDE][number];
