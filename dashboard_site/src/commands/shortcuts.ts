// Which key presses are meant for the page. What each key does arrives with the later parts.
import { later } from "../state/lazy.ts";

const KEYS = /^([1-5gopercdqs,/?]|Escape|ArrowLeft|ArrowRight)$/;
const ELSEWHERE = "input,select,textarea,dialog,[role=menu]";
const OWN_ARROWS = "[role=tablist],[role=radiogroup],.flow-scroll,.sheet";

/** Passes keys on; typing, combinations and keys that a control uses itself are left alone. */
export function listenToKeys(): void {
  addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !KEYS.test(key)) return;
    if (target.closest(ELSEWHERE) || (key.startsWith("Arrow") && target.closest(OWN_ARROWS))) return;
    event.preventDefault();
    void later().then(({ pressKey }) => pressKey(key));
  });
}
