// A condition on the data of an event: first its key is chosen, then how it is compared and with what.
import { useState } from "preact/hooks";
import { DATA_OPERATORS, OPERATORS, type DataOperator } from "../api/vocabulary.ts";
import type { PropertyKeys } from "../api/api.ts";
import { periodQuery, type View } from "../state/address.ts";
import { PAGE_KEY, type Condition } from "../state/filters.ts";
import { parts } from "../state/lazy.ts";
import { exact } from "../text/format.ts";
import { t } from "../text/words.ts";
import { Icon } from "../ui/icons.tsx";
import { Combo } from "./combo.tsx";
import { OperatorChoice } from "./operator_choice.tsx";
import { Values } from "./values.tsx";

interface Props {
  id: string;
  event: string;
  condition: Condition;
  change: (condition: Condition) => void;
  remove: () => void;
  within: View;
  /** Whether focus goes to it when it appears. */
  isEntered: boolean;
}

const ON_DATA: readonly DataOperator[] = [...OPERATORS, ...DATA_OPERATORS];
const ON_PAGE: readonly DataOperator[] = OPERATORS;

export function ConditionEditor({ id, event, condition, change, remove, within, isEntered }: Props) {
  const { key, operator, values } = condition;
  const name = key === PAGE_KEY ? t("pageOfEvent") : key;
  return (
    <fieldset class="condition">
      <legend class="unseen">{key ? `${t("condition")}: ${name}` : t("condition")}</legend>
      <div class="test-head">
        <h3>{key ? <bdi>{name}</bdi> : t("chooseKey")}</h3>
        {key && (
          <OperatorChoice
            label={`${name}: ${t("operator")}`}
            operators={key === PAGE_KEY ? ON_PAGE : ON_DATA}
            operator={operator}
            values={values}
            change={(operator, values) => change({ key, operator, values })}
          />
        )}
        <button type="button" class="icon-button" aria-label={`${t("removeCondition")} ${name}`} onClick={remove}>
          <Icon name="close" />
        </button>
      </div>
      {key ? (
        <Values
          id={id}
          label={`${name}: ${t("searchValues")}`}
          source={{ event, key }}
          operator={operator}
          values={values}
          setValues={(values) => change({ key, operator, values })}
          within={within}
          isEntered={isEntered}
        />
      ) : (
        <KeyChoice id={id} event={event} choose={(key) => change({ ...condition, key })} within={within} />
      )}
    </fieldset>
  );
}

interface KeyProps {
  id: string;
  event: string;
  choose: (key: string) => void;
  within: View;
}

function KeyChoice({ id, event, choose, within }: KeyProps) {
  const [text, setText] = useState("");
  const query = `${periodQuery(within)}&${new URLSearchParams({ event, limit: "300" }).toString()}`;
  const { value, problem } = parts.value!.useAnswer<PropertyKeys>("/api/reports/properties", query);
  const keys = (value?.keys ?? []).map((one) => ({ id: one.key, text: one.key, note: exact(one.count) }));
  const page = { id: PAGE_KEY, text: t("pageOfEvent"), note: "" };
  const found = [...keys, page].filter((one) => one.text.toLowerCase().includes(text.toLowerCase()));
  const isNamed = found.some((one) => one.id === text);
  const typed = { id: text, text, note: t("asTyped") };
  return (
    <Combo
      id={id}
      label={t("key")}
      isEntered
      text={text}
      setText={setText}
      options={text && !isNamed ? [...found, typed] : found}
      pick={(option) => choose(option.id)}
      state={
        problem && (
          <p class="options-state" role="alert">
            {problem}
          </p>
        )
      }
    />
  );
}
