// Arrow keys inside a group of which one member takes part in the tab order (tabs, segments, menus).

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Moves focus to the neighbour that the key names; `selects` presses it too, as tabs and radios do. */
export function rove(event: KeyboardEvent, selects: boolean): void {
  const group = event.currentTarget as HTMLElement;
  const members = [...group.querySelectorAll<HTMLElement>("[role=tab],[role=radio],[role^=menuitem]")];
  const here = members.indexOf(document.activeElement as HTMLElement);
  const step = STEPS[event.key];
  const next =
    event.key === "Home"
      ? members[0]
      : event.key === "End"
        ? members.at(-1)
        : step
          ? members[(here + step + members.length) % members.length]
          : undefined;
  if (!next) return;
  event.preventDefault();
  next.focus();
  if (selects) next.click();
}
