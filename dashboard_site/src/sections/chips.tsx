// The filters at work, each in words: a press changes it, its cross takes it away.
import { Fragment } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { FLAGS } from "../api/vocabulary.ts";
import { lockedFilters } from "../state/answers.ts";
import { isOneOf, PAGE_KEY, parseFilter, type Filter } from "../state/filters.ts";
import { chooseBots, clearFilters, openFilter, replaceFilter, view } from "../state/view.ts";
import { isWord, nameOf, t } from "../text/words.ts";
import { Icon } from "../ui/icons.tsx";

export function Chips() {
  const { filters, bots } = view.value;
  const isLeft = useRef(false);
  /** The cross of the next chip takes the place of one that is pressed; behind the last there is none. */
  const remove = (act: () => void) => (): void => {
    isLeft.current = true;
    act();
  };
  useEffect(() => {
    if (isLeft.current && !document.activeElement?.closest(".chip"))
      document.querySelector<HTMLElement>(".scope > .button")?.focus();
    isLeft.current = false;
  }, [filters, bots]);
  const locked = lockedFilters.value.map(parseFilter).filter((filter) => filter !== null);
  return (
    <div class="chips" role="group" aria-label={t("filters")}>
      {locked.map((filter, index) => (
        <Chip key={`locked-${index}`} tests={testsOf(filter)} />
      ))}
      {filters.map((filter, index) => (
        <Chip
          key={index}
          tests={testsOf(filter)}
          change={() => openFilter(filter)}
          remove={remove(() => replaceFilter(filter, null))}
        />
      ))}
      {bots && (
        <Chip
          key="bots"
          tests={[[t("bots"), t(`bots_${bots}`)]]}
          change={() => openFilter()}
          remove={remove(() => chooseBots(""))}
        />
      )}
      {filters.length + Number(!!bots) > 0 && (
        <button type="button" class="link" onClick={clearFilters}>
          {t("clearAll")}
        </button>
      )}
    </div>
  );
}

/** A filter in the reader's words: of what it is, and by which values. */
function testsOf({ dimension, operator, values, conditions }: Filter): [string, string][] {
  const either = (texts: string[]): string => texts.join(` ${t("or")} `);
  const named = isOneOf(FLAGS, dimension)
    ? values.map((value) => t(value === "true" ? "yes" : "no"))
    : values.map((value) => nameOf(dimension, value));
  return [
    [`${isWord(dimension) ? t(dimension) : dimension} ${t(operator)}`, either(named)],
    ...conditions.map(({ key, operator, values }, index): [string, string] => [
      `${t(index ? "and" : "where")} ${key === PAGE_KEY ? t("pageOfEvent") : key} ${t(operator)}`,
      either(values),
    ]),
  ];
}

interface Props {
  tests: [string, string][];
  change?: () => void;
  remove?: () => void;
}

/** One that cannot be changed or removed is set by the share link. */
function Chip({ tests, change, remove }: Props) {
  const text = tests.flat().join(" ");
  const said = tests.map(([test, values], index) => (
    <Fragment key={index}>
      {index > 0 && " "}
      {test}{" "}
      <b>
        <bdi>{values}</bdi>
      </b>
    </Fragment>
  ));
  return (
    <span class="chip">
      {change ? (
        <button type="button" class="chip-text" title={text} aria-haspopup="dialog" onClick={change}>
          {said}
        </button>
      ) : (
        <span class="chip-text">{said}</span>
      )}
      {remove && (
        <button type="button" class="chip-cross" aria-label={`${t("remove")}: ${text}`} onClick={remove}>
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}
