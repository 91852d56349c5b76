// The filter builder: what is looked at, how it is compared, with which values; of an event, what its data must say.
import "../main.tsx";
import { filterWords } from "#language/filter.ts";
import { useState } from "preact/hooks";
import type { Stats } from "../api/api.ts";
import { BESIDE, FLAGS, GROUPS, OPERATORS, type Operator } from "../api/vocabulary.ts";
import { adoptStyle } from "../browser/appearance.ts";
import { BOTS, periodQuery, STATS, type View } from "../state/address.ts";
import { isOneOf, isTestable, MOST_CONDITIONS, type Condition, type Filter } from "../state/filters.ts";
import { parts } from "../state/lazy.ts";
import { chooseBots, dialog, edited, placeFilter, replaceFilter, view } from "../state/view.ts";
import { exact } from "../text/format.ts";
import { isWord, learn, t } from "../text/words.ts";
import { Icon } from "../ui/icons.tsx";
import { Combo } from "./combo.tsx";
import { ConditionEditor } from "./condition.tsx";
import style from "./filter.css";
import { OperatorChoice } from "./operator_choice.tsx";
import { Values } from "./values.tsx";

learn(filterWords);
adoptStyle(style);

const COUNT_PAUSE_MS = 300;
const NEW: Filter = { dimension: "", operator: "is", values: [], conditions: [] };
const CONDITION: Condition = { key: "", operator: "is", values: [] };
const NARROW: readonly Operator[] = ["is", "is_not"];
const CONDITIONED = "event";

const isWhole = ({ dimension, operator, values, conditions }: Filter): boolean =>
  dimension !== "" &&
  isTestable(operator, values) &&
  conditions.every((one) => one.key !== "" && isTestable(one.operator, one.values));

export function Page() {
  const old = edited.value;
  const [draft, setDraft] = useState(old ?? NEW);
  const [place, setPlace] = useState(0); // counts what was chosen, so that each choice begins anew
  const others: View = { ...view.value, filters: view.value.filters.filter((one) => one !== old) };
  const choose = (dimension: string): void => {
    setDraft({ ...NEW, dimension });
    setPlace(place + 1);
  };
  const close = (): void => void (dialog.value = null);
  const apply = (event: Event): void => {
    event.preventDefault();
    if (!isWhole(draft)) return;
    close();
    replaceFilter(old, draft);
  };
  return (
    <form class="filter" onSubmit={apply}>
      <div class={`filter-body ${draft.dimension ? "has-dimension" : ""}`}>
        <DimensionChoice chosen={draft.dimension} choose={choose} />
        {draft.dimension ? (
          <section class="test" aria-label={nameDimension(draft.dimension)}>
            <button type="button" class="link back" onClick={() => setDraft(NEW)}>
              <Icon name="left" /> {t("allDimensions")}
            </button>
            <TestEditor key={place} draft={draft} change={setDraft} within={others} />
          </section>
        ) : (
          <p class="test note">{t("filterHint")}</p>
        )}
      </div>
      <footer class="filter-foot">
        <label class="bots">
          {t("bots")}
          <select value={view.value.bots} onChange={(event) => chooseBots(event.currentTarget.value as View["bots"])}>
            {BOTS.map((bots) => (
              <option value={bots} key={bots}>
                {t(bots ? `bots_${bots}` : "bots_exclude")}
              </option>
            ))}
          </select>
        </label>
        <Matched draft={draft} old={old} />
        <button type="button" class="button" onClick={close}>
          {t("cancel")}
        </button>
        <button type="submit" class="button is-main" disabled={!isWhole(draft)}>
          {t("apply")} <kbd aria-hidden="true">↵</kbd>
        </button>
      </footer>
    </form>
  );
}

const nameDimension = (dimension: string): string => (isWord(dimension) ? t(dimension) : dimension);

function DimensionChoice({ chosen, choose }: { chosen: string; choose: (dimension: string) => void }) {
  const [text, setText] = useState("");
  const groups = (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => ({
    group: t(`${group}Group`),
    names: [...GROUPS[group], ...BESIDE[group], ...(group === "visitor" ? FLAGS : [])],
  }));
  const uses = (name: string): number => view.value.filters.filter((one) => one.dimension === name).length;
  const options = groups.flatMap(({ group, names }) =>
    names
      .filter((name) => name !== "bot" || view.value.bots)
      .map((name) => ({
        id: name,
        text: nameDimension(name),
        note: uses(name) ? String(uses(name)) : "",
        isChosen: name === chosen,
        group,
      })),
  );
  const sought = text.toLowerCase();
  const found = options.filter((one) => one.text.toLowerCase().includes(sought));
  return (
    <div class="dimensions">
      <Combo
        id="dimension"
        label={t("searchDimensions")}
        isEntered={!edited.value}
        text={text}
        setText={setText}
        options={found}
        pick={(option) => choose(option.id)}
        isOpen
        state={!found.length && <p class="options-state">{t("noValues")}</p>}
      />
    </div>
  );
}

interface TestProps {
  draft: Filter;
  change: (draft: Filter) => void;
  within: View;
}

function TestEditor({ draft, change, within }: TestProps) {
  const { dimension, operator, values, conditions } = draft;
  const isFlag = isOneOf(FLAGS, dimension);
  const canHaveMore = dimension === CONDITIONED && isOneOf(NARROW, operator) && values.length > 0;
  const put = (at: number, ...condition: Condition[]): void =>
    change({ ...draft, conditions: conditions.toSpliced(at, 1, ...condition) });
  return (
    <>
      <div class="test-head">
        <h3>{nameDimension(dimension)}</h3>
        <OperatorChoice
          label={t("operator")}
          operators={isFlag || conditions.length ? NARROW : OPERATORS}
          operator={operator}
          values={values}
          change={(operator) => change({ ...draft, operator: operator as Operator })}
        />
      </div>
      <Values
        id="values"
        label={t("searchValues")}
        source={{ dimension }}
        operator={operator}
        values={values}
        setValues={(values) => change({ ...draft, values })}
        within={within}
        isOpen={!conditions.length}
        isEntered
      />
      {conditions.map((condition, at) => (
        <ConditionEditor
          key={`${at}-${condition.key}`}
          id={`condition-${at}`}
          event={values[0] ?? ""}
          condition={condition}
          change={(condition) => put(at, condition)}
          remove={() => put(at)}
          within={within}
          isEntered={!edited.value?.conditions.includes(condition)}
        />
      ))}
      {canHaveMore && conditions.length < MOST_CONDITIONS && (
        <button type="button" class="button" onClick={() => put(conditions.length, CONDITION)}>
          + {t("addCondition")}
        </button>
      )}
      <p class="note">{t(conditions.length ? "conditionsNote" : "valuesNote")}</p>
    </>
  );
}

/** How many sessions the filters leave with the one that is made. */
function Matched({ draft, old }: { draft: Filter; old: Filter | undefined }) {
  const filters = isWhole(draft) ? placeFilter(old, draft) : null;
  const query = `${periodQuery({ ...view.value, filters: filters ?? [] })}&top=channel`;
  const asked = parts.value!.useAnswer<Stats>(filters ? STATS : "", query, COUNT_PAUSE_MS);
  const isThere = asked.value && !asked.isLoading;
  return (
    <p class="matched note" role="status">
      {asked.problem || (filters && (isThere ? t("matched", exact(asked.value!.totals.sessions)) : t("loading")))}
    </p>
  );
}
