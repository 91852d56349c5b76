// The page of events: what else people do, what each event says by which keys, with which values; and by which links they leave.
import "../main.tsx";
import { eventsWords } from "#language/events.ts";
import { useEffect } from "preact/hooks";
import type { PropertyKeys } from "../api/api.ts";
import { adoptStyle, isNarrow } from "../browser/appearance.ts";
import { periodQuery } from "../state/address.ts";
import { stats } from "../state/answers.ts";
import { parts } from "../state/lazy.ts";
import { go, isFiltered, toggleFilter, view } from "../state/view.ts";
import { exact, share, short } from "../text/format.ts";
import { learn, t } from "../text/words.ts";
import { Card, Nothing } from "../ui/card.tsx";
import style from "./events.css";
import { Lines } from "./lines.tsx";
import { PropertyCard, wordOf } from "./property.tsx";

learn(eventsWords);
adoptStyle(style);

const HEIGHT = 300;

export function Page() {
  const { TopCard } = parts.value!;
  const { item, key } = view.value;
  useEffect(() => {
    const opened = key ? "property" : item && "keys";
    if (opened && isNarrow.peek()) document.getElementById(`${opened}-title`)?.scrollIntoView({ block: "center" });
  }, [item, key]);
  return (
    <div class="grid">
      <EventsCard />
      {item ? <KeysCard event={item} key={item} /> : <Hint title={t("keys_list")} text={t("chooseEvent")} />}
      {item && key ? (
        <PropertyCard event={item} name={key} key={`${item} ${key}`} />
      ) : (
        <Hint title={t("values_list")} text={t("chooseProperty")} />
      )}
      <TopCard dimension="outbound" span={12} />
    </div>
  );
}

const Hint = ({ title, text }: { title: string; text: string }) => (
  <section class="card" style={{ "--span": "4" }} aria-label={title}>
    <header class="card-head">
      <h2>{title}</h2>
    </header>
    <p class="state">{text}</p>
  </section>
);

function EventsCard() {
  const rows = stats.answer.value.value?.top.event ?? [];
  return (
    <Card id="event" title={t("event_list")} span={4} skeleton={400}>
      {rows.length ? (
        <>
          <Lines
            heads={[t("event"), t("events")]}
            lines={rows.map(({ id, count = 0 }) => ({
              id,
              name: id,
              weight: count,
              cells: [short(count)],
              isOn: id === view.value.item,
              press: () => go({ item: id, key: "" }),
            }))}
          />
          <button type="button" class="view-all" onClick={() => go({ list: "event" })}>
            {t("viewAll")} <span aria-hidden="true">→</span>
          </button>
        </>
      ) : (
        <Nothing height={HEIGHT} />
      )}
    </Card>
  );
}

function KeysCard({ event }: { event: string }) {
  const { useAnswer, Missing } = parts.value!;
  const query = `${periodQuery(view.value)}&${new URLSearchParams({ event, limit: "100" }).toString()}`;
  const asked = useAnswer<PropertyKeys>("/api/reports/properties", query);
  const { value } = asked;
  return (
    <Card id="keys" title={event} note={value ? t("saidBy", exact(value.count)) : ""} span={4} skeleton={400}>
      <div class={`said ${asked.isLoading && value ? "is-old" : ""}`}>
        {value?.keys.length ? (
          <Lines
            heads={[t("property"), t("valuesCount"), t("share")]}
            lines={value.keys.map(({ key, count, values, types }) => ({
              id: key,
              name: `${key} · ${Object.entries(types)
                .filter(([, n]) => n > 0)
                .map(([type]) => wordOf(type))
                .join(", ")}`,
              weight: count,
              cells: [short(values), share(count, value.count)],
              isOn: key === view.value.key,
              press: () => go({ key }),
            }))}
          />
        ) : (
          <Missing asked={asked} height={HEIGHT} text={t("saysNothing")} />
        )}
        <button
          type="button"
          class="button"
          aria-pressed={isFiltered("event", event)}
          onClick={() => toggleFilter("event", event)}
        >
          {t(isFiltered("event", event) ? "filtersEvent" : "filterEvent")}
        </button>
      </div>
    </Card>
  );
}
