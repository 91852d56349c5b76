// The filters at work and a custom period, each of which can be taken away.
import { parseFilter, RANGES, writeFilter, type Filter } from "../state/address.ts";
import { lockedFilters, zone } from "../state/answers.ts";
import { spanText } from "../text/format.ts";
import { Icon } from "../ui/icons.tsx";
import { go, removeFilter, view } from "../state/view.ts";
import { isWord, nameOf, t } from "../text/words.ts";

export function Filters() {
  const { filters, range } = view.value;
  const isCustom = !RANGES.includes(range);
  const locked = lockedFilters.value.map(parseFilter).filter((filter) => filter !== null);
  if (!filters.length && !isCustom && !locked.length) return null;
  return (
    <div class="chips" role="group" aria-label={t("clearFilters")}>
      {locked.map((filter) => (
        <Chip key={writeFilter(filter)} {...saying(filter)} />
      ))}
      {isCustom && <Chip text={t("range")} values={spanText(range, zone())} remove={() => go({ range: "30d" })} />}
      {filters.map((filter) => (
        <Chip key={writeFilter(filter)} {...saying(filter)} remove={() => removeFilter(filter)} />
      ))}
      {filters.length > 0 && (
        <button type="button" class="link" onClick={() => go({ filters: [] })}>
          {t("clearAll")}
        </button>
      )}
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
      <span class="chip-text">
        {text}{" "}
        <b>
          <bdi>{values}</bdi>
        </b>
      </span>
      {remove && (
        <button type="button" aria-label={`${t("remove")}: ${text} ${values}`} onClick={remove}>
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}
