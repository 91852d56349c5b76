// A button that opens a short list of actions. The list itself arrives with the later parts.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { later, parts, type MenuItem } from "../state/lazy.ts";

export interface MenuProps {
  label: string;
  class?: string;
  /** Gives groups of items, set apart by a line. */
  groups: () => MenuItem[][];
  children: ComponentChildren;
}

export function Menu({ label, groups, children, class: look = "" }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const open = (): void => void later().then(() => setOpen(!isOpen));
  return (
    <div class="menu-root">
      <button type="button" class={look} aria-haspopup="menu" aria-expanded={isOpen} aria-label={label} onClick={open}>
        {children}
      </button>
      {isOpen && parts.value && <parts.value.MenuList label={label} groups={groups()} close={() => setOpen(false)} />}
    </div>
  );
}
