// The values of a filter or of a condition: those chosen, and a field that offers those which the site has.
import { useState } from "preact/hooks";
import { FLAGS, RANKED_BY, type DataOperator } from "../api/vocabulary.ts";
import type { Row } from "../api/api.ts";
import { periodQuery, type View } from "../state/address.ts";
import { isOneOf, isTestable, PAGE_KEY, takesGlobs, takesNumber } from "../state/filters.ts";
import { parts } from "../state/lazy.ts";
import { exact } from "../text/format.ts";
import { nameOf, t } from "../text/words.ts";
import { Icon } from "../ui/icons.tsx";
import { Combo, type Option } from "./combo.tsx";

/** What of the values is asked for: those of a dimension, or those at a key of an event's data. */
export type Source = { dimension: string } | { event: string; key: string };

interface Props {
  id: string;
  label: string;
  source: Source;
  operator: DataOperator;
  values: string[];
  setValues: (values: string[]) => void;
  /** What the values are counted in. */
  within: View;
  isOpen?: boolean;
  isEntered?: boolean;
}

/** Dimensions whose values have other names on the page than in the API: all are asked for, and searched here. */
const RENAMED = ["channel", "device", "country", "language"];
const SEARCH_PAUSE_MS = 200;
const SHOWN = 50;
const ALL = 300;

export function Values(props: Props) {
  const { id, label, source, operator, values, setValues, within, isOpen, isEntered } = props;
  const [text, setText] = useState("");
  const { options, isWhole, problem, isLoading, retry } = useOptions(source, operator, text, within);
  const name = (value: string): string => nameValue(source, value);
  const offered = options.map((option) => ({ ...option, isChosen: values.includes(option.id) }));
  const isNamed = (option: Option): boolean => option.id === text || option.text === text;
  const [same, others] = [offered.filter(isNamed), offered.filter((option) => !isNamed(option))];
  const isClosed = isWhole && "dimension" in source && operator.startsWith("is");
  const typed = { id: text, text, note: t("asTyped"), isChosen: values.includes(text) };
  const isTaken = text && !same.length && !isClosed && isTestable(operator, [text]);
  const pick = ({ id: value }: Option): void => {
    const kept = takesNumber(operator) ? [] : values.filter((one) => one !== value);
    setValues(values.includes(value) ? kept : [...kept, value]);
  };
  return (
    <div class="values">
      {values.length > 0 && (
        <ul class="chosen">
          {values.map((value) => (
            <li class="chip" key={value}>
              <bdi class="chip-text">{name(value)}</bdi>
              <button
                type="button"
                class="chip-cross"
                aria-label={`${t("removeValue")}: ${name(value)}`}
                onClick={() => pick({ id: value, text: value })}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Combo
        id={id}
        label={label}
        text={text}
        setText={setText}
        options={[...(isTaken ? [typed] : same), ...others]}
        pick={pick}
        isMany
        isOpen={isOpen}
        isEntered={isEntered}
        state={
          problem ? (
            <p class="options-state" role="alert">
              {problem}{" "}
              <button type="button" class="link" onClick={retry}>
                {t("retry")}
              </button>
            </p>
          ) : (
            !offered.length && (
              <p class="options-state" role="status">
                {t(isLoading ? "loading" : takesNumber(operator) ? "typeNumber" : "noValues")}
              </p>
            )
          )
        }
      />
    </div>
  );
}

const nameValue = (source: Source, value: string): string => {
  if (!("dimension" in source)) return value;
  if (isOneOf(FLAGS, source.dimension)) return t(value === "true" ? "yes" : "no");
  return nameOf(source.dimension, value);
};

interface Offer {
  options: Option[];
  /** Whether all that there are have been asked for, and are searched here. */
  isWhole: boolean;
  problem: string;
  isLoading: boolean;
  retry: () => void;
}

/** The values on offer, most frequent first. */
function useOptions(source: Source, operator: DataOperator, text: string, within: View): Offer {
  const listed = "dimension" in source ? source.dimension : source.key === PAGE_KEY ? "page" : "";
  const isFlag = isOneOf(FLAGS, listed);
  const isWhole = !listed || isFlag || RENAMED.includes(listed);
  // Of a glob the longest part without a star is searched for.
  const pieces = takesGlobs(operator) ? text.split(/\*+/) : [text];
  const search = pieces.reduce((one, other) => (other.length > one.length ? other : one));
  const asked = new URLSearchParams(
    "dimension" in source || listed
      ? { dimension: listed, limit: String(isWhole ? ALL : SHOWN), ...(search && !isWhole && { search }) }
      : { event: source.event, key: source.key, limit: String(ALL) },
  );
  const path = isFlag ? "" : `/api/reports/${listed ? "list" : "properties"}`;
  const query = `${periodQuery(within)}&${asked.toString()}`;
  const { value, ...state } = parts.value!.useAnswer<{ rows: Row[] }>(path, query, text ? SEARCH_PAUSE_MS : 0);
  const rows = isFlag ? ["true", "false"].map((id): Row => ({ id })) : (value?.rows ?? []);
  const named = rows.map((row) => ({
    id: takesGlobs(operator) ? row.id.replace(/[*\\]/g, "\\$&") : row.id,
    text: nameValue(source, row.id),
    note: isFlag ? "" : exact(row[listed ? (RANKED_BY[listed] ?? "sessions") : "count"] ?? 0),
  }));
  const sought = search.toLowerCase();
  const found = named.filter((one) => [one.id, one.text].some((name) => name.toLowerCase().includes(sought)));
  return { options: found.slice(0, SHOWN), isWhole, ...state };
}
