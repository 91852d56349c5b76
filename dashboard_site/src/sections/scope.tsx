// The second line of the page, what am I looking at: the filters at work and the period.
import { RANGES } from "../state/address.ts";
import { stats, zone } from "../state/answers.ts";
import { parts } from "../state/lazy.ts";
import { axisDate, spanText, wholeDate } from "../text/format.ts";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { openFilter, view } from "../state/view.ts";
import { t, type Word } from "../text/words.ts";

export function Scope() {
  return (
    <section class="scope" aria-label={t("scope")}>
      <button type="button" class="button" aria-haspopup="dialog" onClick={() => openFilter()}>
        <Icon name="filter" /> {t("filter")} <kbd aria-hidden="true">/</kbd>
      </button>
      {parts.value ? <parts.value.Chips /> : <div class="chips" />}
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
