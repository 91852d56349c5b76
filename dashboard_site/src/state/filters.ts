// A filter as the address and the API write it: `dimension:operator:values`, after `event:is:names` also `&key:operator:values`.
import {
  BESIDE,
  DATA_OPERATORS,
  FLAGS,
  GROUPS,
  OPERATORS,
  type DataOperator,
  type Operator,
} from "../api/vocabulary.ts";

/** What the data of an event holds at a key; `$page`: its page. */
export interface Condition {
  key: string;
  operator: DataOperator;
  values: string[];
}

/** Any of the values may match. Those of `matches` are globs: a backslash makes their `*` and `\` literal. */
export interface Filter {
  dimension: string;
  operator: Operator;
  values: string[];
  /** Of one event, all at once; of no other dimension. */
  conditions: Condition[];
}

export const PAGE_KEY = "$page";
export const MOST_CONDITIONS = 10;
const LONGEST = 2000;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;
const TEXT = /^(\\[|&:\\]|[^\\])+$/;
const GLOB = /^(\\[|&:\\*]|[^\\])+$/;
const DIMENSIONS: string[] = [GROUPS, BESIDE].flatMap((groups) => Object.values(groups).flat());

export const isOneOf = <T extends string>(list: readonly T[], text: string): text is T => list.includes(text as T);
export const takesGlobs = (operator: DataOperator): boolean => operator.endsWith("matches");
/** Whether a value is compared with the operator as a number, and stands alone. */
export const takesNumber = (operator: DataOperator): boolean => /^[gl]te?$/.test(operator);
/** Whether values can stand behind the operator. */
export const isTestable = (operator: DataOperator, values: string[]): boolean =>
  values.length > 0 && (!takesNumber(operator) || (values.length === 1 && NUMBER.test(values[0]!)));

/** The pieces of a text between signs that no backslash stands before, escapes left in. */
function split(text: string, sign: string): string[] {
  const pieces = [""];
  for (const [one] of text.matchAll(/\\?./gs))
    if (one === sign) pieces.push("");
    else pieces[pieces.length - 1] += one;
  return pieces;
}

const readText = (text: string, isGlob = false): string =>
  text.replace(/\\(.)/gs, (pair, sign: string) => (isGlob && /[*\\]/.test(sign) ? pair : sign));
const writeText = (text: string, isGlob = false): string =>
  text.replace(isGlob ? /\\[*\\]|[\\|&]/g : /[\\|&]/g, (one) => (one[1] ? one : `\\${one}`));

function parseValues(operator: DataOperator, text: string): string[] | null {
  const isGlob = takesGlobs(operator);
  const pieces = split(text, "|");
  const values = pieces.map((piece) => readText(piece, isGlob));
  return pieces.every((piece) => (isGlob ? GLOB : TEXT).test(piece)) && isTestable(operator, values) ? values : null;
}

function parseCondition(text: string): Condition | null {
  const [key = "", operator = "", ...rest] = split(text, ":");
  if (!TEXT.test(key) || !isOneOf([...OPERATORS, ...DATA_OPERATORS], operator)) return null;
  const values = parseValues(operator, rest.join(":"));
  return values && { key: readText(key), operator, values };
}

/** The filter that a text says, or null when it is none. */
export function parseFilter(text: string): Filter | null {
  const [, dimension = "", operator = "", rest = ""] = /^(\w+):(\w+):(.*)$/s.exec(text) ?? [];
  if (text.length > LONGEST || !isOneOf(OPERATORS, operator)) return null;
  const [names = "", ...more] = dimension === "event" ? split(rest, "&") : [rest];
  const values = parseValues(operator, names);
  const conditions = more.map(parseCondition).filter((one) => one !== null);
  const isFlag = isOneOf(FLAGS, dimension);
  if (!values || !(isFlag || isOneOf(DIMENSIONS, dimension))) return null;
  if (conditions.length < more.length || more.length > MOST_CONDITIONS) return null;
  if ((isFlag || more.length) && !/^is(_not)?$/.test(operator)) return null;
  if (isFlag && values.some((value) => !/^(true|false)$/.test(value))) return null;
  return { dimension, operator, values, conditions };
}

const writeTest = (name: string, operator: DataOperator, values: string[]): string =>
  `${name}:${operator}:${values.map((value) => writeText(value, takesGlobs(operator))).join("|")}`;

export const writeFilter = ({ dimension, operator, values, conditions }: Filter): string =>
  [
    writeTest(dimension, operator, values),
    ...conditions.map((one) => writeTest(writeText(one.key).replaceAll(":", "\\:"), one.operator, one.values)),
  ].join("&");
