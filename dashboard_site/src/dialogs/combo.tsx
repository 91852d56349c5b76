// A field with a list under it: typing narrows the list, arrows walk it, Enter picks.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export interface Option {
  id: string;
  text: string;
  /** What stands at the end of its line. */
  note?: string;
  isChosen?: boolean;
  /** The heading under which it stands. */
  group?: string;
}

interface Props {
  id: string;
  label: string;
  text: string;
  setText: (text: string) => void;
  options: Option[];
  pick: (option: Option) => void;
  /** Whether focus goes to it when it appears. */
  isEntered?: boolean;
  /** Whether several can be chosen. */
  isMany?: boolean;
  /** Whether the list is there without focus, too. */
  isOpen?: boolean;
  /** What stands under the list, such as why it is empty. */
  state?: ComponentChildren;
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

export function Combo(props: Props) {
  const { id, label, text, setText, options, pick, isEntered, isMany = false, isOpen = false, state } = props;
  const [active, setActive] = useState(-1);
  const [hasFocus, setFocus] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => void (isEntered && field.current!.focus()), []);
  const show = (sign: string): void => list.current!.querySelector(sign)?.scrollIntoView({ block: "nearest" });
  useEffect(() => show("[aria-selected=true]"), []);
  useEffect(() => show(".is-active"), [active]);
  const isShown = isOpen || hasFocus;
  const here = text && active < 0 ? 0 : Math.min(active, options.length - 1);

  const choose = (option: Option): void => {
    setActive(-1);
    setText("");
    pick(option);
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const option = options[here];
    if (event.isComposing || !options.length) return;
    if (step) setActive((Math.max(here, step < 0 ? 0 : -1) + step + options.length) % options.length);
    else if (event.key === "Enter" && option) choose(option);
    else return;
    event.preventDefault();
  };
  const groups = [...new Set(options.map((option) => option.group))];
  return (
    <div class="combo" onFocusIn={() => setFocus(true)} onFocusOut={() => setFocus(false)}>
      <input
        ref={field}
        type="text"
        role="combobox"
        autofocus={isEntered} // for a dialog that opens with it
        autocomplete="off"
        spellcheck={false}
        aria-label={label}
        placeholder={label}
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={options[here] ? `${id}-${here}` : undefined}
        value={text}
        onInput={(event) => {
          setActive(-1);
          setText(event.currentTarget.value);
        }}
        onKeyDown={press}
      />
      <div
        class="options"
        role="listbox"
        tabIndex={-1} // the arrows of the field walk it
        id={`${id}-list`}
        aria-label={label}
        aria-multiselectable={isMany}
        hidden={!isShown}
        ref={list}
      >
        {groups.map((group) => (
          <div role="group" aria-label={group ?? label} key={group}>
            {group && (
              <p class="options-head" aria-hidden="true">
                {group}
              </p>
            )}
            {options.map(
              (option, index) =>
                option.group === group && (
                  <div
                    role="option"
                    key={option.id}
                    id={`${id}-${index}`}
                    class={`option ${index === here ? "is-active" : ""} ${isMany ? "is-many" : ""}`}
                    aria-selected={Boolean(option.isChosen)}
                    title={option.text}
                    onPointerDown={(event) => event.preventDefault()} // focus stays in the field
                    onClick={() => choose(option)}
                  >
                    <bdi>
                      <Found text={option.text} search={text} />
                    </bdi>
                    {option.note && <span class="option-note">{option.note}</span>}
                  </div>
                ),
            )}
          </div>
        ))}
      </div>
      {isShown && state}
    </div>
  );
}

/** A text in which what was searched for stands out. */
function Found({ text, search }: { text: string; search: string }) {
  const at = search ? text.toLowerCase().indexOf(search.toLowerCase()) : -1;
  if (at < 0) return <>{text}</>;
  const end = at + search.length;
  return (
    <>
      {text.slice(0, at)}
      <b>{text.slice(at, end)}</b>
      {text.slice(end)}
    </>
  );
}
