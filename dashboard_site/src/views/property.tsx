// The values at a key of an event's data: how often each, and for numbers their sum and spread. A press filters by one.
import type { PropertyValues } from "../api/api.ts";
import type { DataOperator } from "../api/vocabulary.ts";
import { periodQuery } from "../state/address.ts";
import { writeFilter, type Filter } from "../state/filters.ts";
import { parts } from "../state/lazy.ts";
import { replaceFilter, view } from "../state/view.ts";
import { exact, short } from "../text/format.ts";
import { t, type Word } from "../text/words.ts";
import { Card } from "../ui/card.tsx";
import { Lines } from "./lines.tsx";

type Type = PropertyValues["rows"][number]["type"];

const SHOWN = 20;
const HEIGHT = 300;
const FIGURES = ["sum", "p50", "p90", "min", "max"] as const;
/** Text is compared as it is; what is no text might be spelled like one. */
const OPERATORS: Record<Type, DataOperator> = { text: "is", number: "is_number", boolean: "is_boolean" };

export const wordOf = (type: string): string => t(`type_${type}` as Word);

export function PropertyCard({ event, name }: { event: string; name: string }) {
  const { useAnswer, Missing } = parts.value!;
  const more = new URLSearchParams({ event, key: name, limit: String(SHOWN) });
  const asked = useAnswer<PropertyValues>("/api/reports/properties", `${periodQuery(view.value)}&${more.toString()}`);
  const { value } = asked;
  const types = [...new Set(value?.rows.map(({ type }) => type))];
  return (
    <Card id="property" title={`${event} · ${name}`} note={types.map(wordOf).join(", ")} span={4} skeleton={400}>
      <div class={`said ${asked.isLoading && value ? "is-old" : ""}`}>
        {value?.numbers && (
          <dl class="figures">
            {FIGURES.map((figure) => (
              <div key={figure}>
                <dt>{t(`figure_${figure}`)}</dt>
                <dd>{exact(value.numbers![figure])}</dd>
              </div>
            ))}
          </dl>
        )}
        {value?.rows.length ? (
          <Lines
            heads={[t("valueHead"), t("events"), t("sessions")]}
            lines={value.rows.map(({ id, type, count, sessions }) => {
              const filter: Filter = {
                dimension: "event",
                operator: "is",
                values: [event],
                conditions: [{ key: name, operator: OPERATORS[type], values: [id] }],
              };
              const present = view.value.filters.find((one) => writeFilter(one) === writeFilter(filter));
              return {
                id: `${type} ${id}`,
                name: (id || t("emptyText")) + (types.length > 1 && type !== "text" ? ` · ${wordOf(type)}` : ""),
                weight: count,
                cells: [short(count), short(sessions)],
                isOn: present !== undefined,
                press: () => replaceFilter(present, present || !id ? null : filter),
              };
            })}
          />
        ) : (
          <Missing asked={asked} height={HEIGHT} />
        )}
        {value?.other && <p class="note">{t("otherValues", exact(value.other.values), exact(value.other.count))}</p>}
        {value && value.missing > 0 && <p class="note">{t("missingKey", exact(value.missing))}</p>}
      </div>
    </Card>
  );
}
