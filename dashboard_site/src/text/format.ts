// Numbers, durations and dates in the reader's language; every formatter is made once.
import { LANG } from "#language/words.ts";

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.DisplayNames>();
const once = <T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.DisplayNames>(
  key: string,
  make: () => T,
): T => {
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
};
const number = (options: Intl.NumberFormatOptions): Intl.NumberFormat =>
  once(JSON.stringify(options), () => new Intl.NumberFormat(LANG, options));
const date = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  once(JSON.stringify(options), () => new Intl.DateTimeFormat(LANG, options));

export const exact = (value: number): string => number({}).format(value);

/** Whole below 10,000; above it three significant digits: 36.8K, 3.68万. */
export const short = (value: number): string =>
  value < 10_000 ? exact(value) : number({ notation: "compact", maximumSignificantDigits: 3 }).format(value);

export const decimal = (value: number, digits = 2): string =>
  number({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

export const percent = (share: number, digits = 0): string =>
  number({ style: "percent", maximumFractionDigits: digits }).format(share);

/** A share of a whole for a narrow column; what rounds to nothing says so. */
export const share = (part: number, whole: number): string =>
  whole && part && part / whole < 0.005 ? `<${percent(0.01)}` : percent(whole ? part / whole : 0);

const unit = (value: number, name: string): string =>
  number({ style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: 0 }).format(value);

/** 2m 47s, 1h 5m, 0s. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const parts = hours
    ? [unit(hours, "hour"), unit(minutes, "minute")]
    : minutes
      ? [unit(minutes, "minute"), unit(seconds % 60, "second")]
      : [unit(seconds, "second")];
  return LANG === "zh" ? parts.join("").replace("分钟", "分") : parts.join(" ");
}

const AXIS: Record<string, Intl.DateTimeFormatOptions> = {
  hour: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { month: "short", day: "numeric" },
  week: { month: "short", day: "numeric" },
  month: { month: "short", year: "numeric" },
};
const WHOLE: Record<string, Intl.DateTimeFormatOptions> = {
  hour: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { weekday: "short", month: "short", day: "numeric", year: "numeric" },
  week: { month: "short", day: "numeric", year: "numeric" },
  month: { month: "long", year: "numeric" },
};

export const axisDate = (ms: number, bucket: string, tz: string): string =>
  date({ ...AXIS[bucket], timeZone: tz }).format(ms);
export const wholeDate = (ms: number, bucket: string, tz: string): string =>
  date({ ...WHOLE[bucket], timeZone: tz }).format(ms);
export const clock = (ms: number, tz: string): string =>
  date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: tz }).format(ms);

/** The calendar day of an instant in a zone, as YYYY-MM-DD. */
export const dayOf = (ms: number, tz: string): string =>
  once(
    `day${tz}`,
    () => new Intl.DateTimeFormat("en-CA", { timeZone: tz, year: "numeric", month: "2-digit", day: "2-digit" }),
  ).format(ms);

/** The country or language that a code stands for; anything that is no code is shown as it is. */
export function codeName(type: "region" | "language", code: string): string {
  try {
    return once(type, () => new Intl.DisplayNames(LANG, { type })).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A custom range as its reader says it: both days named, the last one included. */
export function spanText(range: string, zone: string): string {
  const [from = "", to = ""] = range.split("..");
  if (from.includes("T")) return `${wholeDate(Date.parse(from), "hour", zone)} – ${clock(Date.parse(to), zone)}`;
  const [first, last] = [Date.parse(from), Date.parse(to) - 86_400_000].map((at) => wholeDate(at, "week", "UTC"));
  return first === last ? first! : `${first} – ${last}`;
}
