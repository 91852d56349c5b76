// The filters at work and a custom period, each of which can be taken away.
import { parseFilter, RANGES, writeFilter, type Filter } from "../address.ts";
import { lockedFilters } from "../data.ts";
import { clock, wholeDate } from "../format.ts";
import { Icon } from "../parts/icons.tsx";
import { go, removeFilter, view } from "../view.ts";
import { isWord, nameOf, t } from "../words.ts";
import { zone } from "./now.tsx";

const DAY_MS = 86_400_000;

export function Filters() {
  const { filters, range } = view.value;
  const isCustom = !RANGES.includes(range);
  const locked = lockedFilters.value.map(parseFilter).filter((filter) => filter !== null);
  if (!filters.length && !isCustom && !locked.length) return null;
  return (
    <div class="chips" role="group" aria-label={t("clearFilters")}>
      {locked.map((filter) => <Chip key={writeFilter(filter)} {...saying(filter)} />)}
      {isCustom && <Chip text={t("range")} values={spanText(range)} remove={() => go({ range: "30d" })} />}
      {filters.map((filter) => <Chip key={writeFilter(filter)} {...saying(filter)} remove={() => removeFilter(filter)} />)}
      {filters.length > 0 && <button type="button" class="link" onClick={() => go({ filters: [] })}>{t("clearAll")}</button>}
    </div>
  );
}

/** A filter in the reader's words. */
const saying = (filter: Filter): { text: string; values: string } => ({
  text: `${isWord(filter.dimension) ? t(filter.dimension) : filter.dimension} ${t(filter.operator)}`,
  values: filter.values.map((value) => nameOf(filter.dimension, value)).join(` ${t("or")} `),
});

/** One that cannot be removed is set by the share link. */
function Chip({ text, values, remove }: { text: string; values: string; remove?: () => void }) {
  return (
    <span class="chip">
      <span class="chip-text">{text} <b><bdi>{values}</bdi></b></span>
      {remove && <button type="button" aria-label={`${t("remove")}: ${text} ${values}`} onClick={remove}><Icon name="close" /></button>}
    </span>
  );
}

/** A custom range as its reader says it: both days named, the last one included. */
export function spanText(range: string): string {
  const [from = "", to = ""] = range.split("..");
  if (from.includes("T")) return `${wholeDate(Date.parse(from), "hour", zone())} – ${clock(Date.parse(to), zone())}`;
  const [first, last] = [Date.parse(from), Date.parse(to) - DAY_MS].map((at) => wholeDate(at, "week", "UTC"));
  return first === last ? first! : `${first} – ${last}`;
}
