// The second line of the page, what am I looking at: the filters at work and the period.
import { parseFilter, RANGES, writeFilter, type Filter } from "../state/address.ts";
import { lockedFilters, stats, zone } from "../state/answers.ts";
import { parts } from "../state/lazy.ts";
import { axisDate, spanText, wholeDate } from "../text/format.ts";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { go, removeFilter, view } from "../state/view.ts";
import { isWord, nameOf, t, type Word } from "../text/words.ts";

export function Scope() {
  return (
    <section class="scope" aria-label={t("scope")}>
      <button type="button" class="button" aria-haspopup="dialog" onClick={() => go({ list: "page" })}>
        <Icon name="filter" /> {t("filter")} <kbd aria-hidden="true">/</kbd>
      </button>
      <Chips />
      <Period />
    </section>
  );
}

/** Its name, its days, and whether it is compared; what is shown decides, not what was asked for. */
function Period() {
  const { range, compare } = view.value;
  const meta = stats.answer.value.value?.meta;
  const isNamed = RANGES.includes(range);
  const write = range === "all" ? wholeDate : axisDate;
  const ends = meta ? [meta.from, meta.to - 1].map((at) => write(at, "week", meta.tz)) : [];
  const name = isNamed ? t(`${range}Long` as Word) : spanText(range, zone());
  const days = isNamed ? [...new Set(ends)].join(" – ") : "";
  const compared = compare && range !== "all" ? t("compared") : "";
  const label = `${t("range")}: ${[name, days, compared].filter(Boolean).join(" ")}`;
  return (
    <Menu label={label} class="button period" groups={() => parts.value!.periodMenu()}>
      <Icon name="calendar" /> <b>{name}</b> {days && <span class="days">{days} </span>}
      {compared && <span class="days">{compared}</span>}
      <Icon name="chevron" />
    </Menu>
  );
}

function Chips() {
  const { filters } = view.value;
  const locked = lockedFilters.value.map(parseFilter).filter((filter) => filter !== null);
  return (
    <div class="chips" role="group" aria-label={t("clearFilters")}>
      {locked.map((filter) => (
        <Chip key={writeFilter(filter)} {...saying(filter)} />
      ))}
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
