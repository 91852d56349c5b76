// The open list of a menu: focus moves into it, arrows walk it, Escape and a press outside close it.
import { useEffect, useRef } from "preact/hooks";
import type { MenuItem } from "../state/lazy.ts";
import { rove } from "./roving.ts";

export function MenuList({ label, groups, close }: { label: string; groups: MenuItem[][]; close: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current!.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const outside = (event: Event): void => {
      if (!list.current!.parentElement!.contains(event.target as Node)) close();
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);

  const back = (): void => {
    (list.current!.previousElementSibling as HTMLElement).focus();
    close();
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "Tab") return close();
    if (event.key !== "Escape") return rove(event, false);
    event.stopPropagation();
    back();
  };
  return (
    <div class="menu" role="menu" aria-label={label} ref={list} onKeyDown={keys}>
      {groups
        .filter((group) => group.length)
        .map((group, index) => (
          <div role="group" class="menu-group" key={index}>
            {group.map((item) => (
              <button
                type="button"
                key={item.text}
                tabIndex={-1}
                role={item.isChecked === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={item.isChecked}
                onClick={() => {
                  back();
                  item.act();
                }}
              >
                <span class="menu-text">{item.text}</span>
                {item.isChecked && (
                  <span class="menu-check" aria-hidden="true">
                    ✓
                  </span>
                )}
                {item.key && <kbd>{item.key}</kbd>}
              </button>
            ))}
          </div>
        ))}
    </div>
  );
}
