// A span of days, chosen in a month or typed.
import "../main.tsx";
import { useEffect, useRef, useState } from "preact/hooks";
import { stats, zone } from "../state/answers.ts";
import { dayOf, spanText } from "../text/format.ts";
import { Icon } from "../ui/icons.tsx";
import { dialog, go, view } from "../state/view.ts";
import { LANG, t } from "../text/words.ts";

const DAY_MS = 86_400_000;
const plus = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** The days of the month's weeks, Monday first, with those of its neighbours left out. */
export function monthDays(month: string): (string | null)[] {
  const first = Date.parse(`${month}-01`);
  const lead = (new Date(first).getUTCDay() + 6) % 7;
  const days: (string | null)[] = Array<null>(lead).fill(null);
  for (let day = `${month}-01`; day.startsWith(month); day = plus(day, 1)) days.push(day);
  return days;
}

const moveMonth = (month: string, by: number): string => {
  const date = new Date(`${month}-15`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return date.toISOString().slice(0, 7);
};

export function Page() {
  const meta = stats.answer.value.value?.meta;
  const today = dayOf(Date.now(), zone());
  const [from, setFrom] = useState(meta ? dayOf(meta.from, meta.tz) : today);
  const [last, setLast] = useState<string | null>(meta ? dayOf(meta.to - 1, meta.tz) : today);
  const [focused, setFocused] = useState(last && last < today ? last : today);
  const grid = useRef<HTMLDivElement>(null);
  const month = focused.slice(0, 7);
  const isMoved = useRef(false);
  useEffect(() => {
    if (isMoved.current) grid.current!.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  }, [focused]);

  const press = (day: string): void => {
    setFocused(day);
    if (last !== null || day < from) {
      setFrom(day);
      setLast(null);
    } else setLast(day);
  };
  const keys = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const next = step
      ? plus(focused, step)
      : event.key === "PageUp"
        ? plus(focused, -28)
        : event.key === "PageDown"
          ? plus(focused, 28)
          : "";
    if (!next) return;
    event.preventDefault();
    isMoved.current = true;
    if (next <= today) setFocused(next);
  };
  const end = last ?? from;
  const show = (): void => {
    dialog.value = null;
    go({ range: `${from}..${plus(end, 1)}`, list: view.value.list });
  };
  const weekday = new Intl.DateTimeFormat(LANG, { weekday: "narrow", timeZone: "UTC" });
  const title = new Intl.DateTimeFormat(LANG, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    Date.parse(`${month}-01`),
  );
  const whole = new Intl.DateTimeFormat(LANG, { dateStyle: "full", timeZone: "UTC" });
  return (
    <>
      <div class="month-head">
        <button
          type="button"
          class="icon-button"
          aria-label={moveMonth(month, -1)}
          onClick={() => setFocused(`${moveMonth(month, -1)}-01`)}
        >
          <Icon name="left" />
        </button>
        <b aria-live="polite">{title}</b>
        <button
          type="button"
          class="icon-button"
          aria-label={moveMonth(month, 1)}
          disabled={moveMonth(month, 1) > today.slice(0, 7)}
          onClick={() => setFocused(`${moveMonth(month, 1)}-01`)}
        >
          <Icon name="right" />
        </button>
      </div>
      <div class="month" role="group" aria-label={title} ref={grid} onKeyDown={keys}>
        {Array.from({ length: 7 }, (_, index) => (
          <span class="weekday" aria-hidden="true" key={index}>
            {weekday.format(Date.UTC(2024, 0, 1 + index))}
          </span>
        ))}
        {monthDays(month).map((day, index) =>
          day ? (
            <button
              type="button"
              key={day}
              disabled={day > today}
              tabIndex={day === focused ? 0 : -1}
              aria-label={whole.format(Date.parse(day))}
              aria-pressed={day >= from && day <= end}
              class={day === from ? "is-from" : day === end ? "is-to" : ""}
              onClick={() => press(day)}
            >
              {Number(day.slice(8))}
            </button>
          ) : (
            <span key={index} />
          ),
        )}
      </div>
      <div class="typed">
        <input
          type="date"
          aria-label={t("range")}
          value={from}
          max={today}
          onChange={(event) => event.currentTarget.value && setFrom(event.currentTarget.value)}
        />
        <span aria-hidden="true">–</span>
        <input
          type="date"
          aria-label={t("range")}
          value={end}
          min={from}
          max={today}
          onChange={(event) => event.currentTarget.value && setLast(event.currentTarget.value)}
        />
      </div>
      <button type="button" class="button is-main" disabled={end < from} onClick={show}>
        {t("zoom", spanText(`${from}..${plus(end, 1)}`, zone()))}
      </button>
    </>
  );
}
