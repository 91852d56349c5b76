/** `sdk.js`: the tag is its own configuration, and `window.footfall` its commands. */
import { guard } from "./guard";
import { event, init, optIn, optOut } from "./tracker";

type Call = ["event", string, object?] | ["optIn"] | ["optOut"];

interface Footfall {
  (...call: Call): void;
  /** Calls made before this script ran, by the stub in the page. */
  q?: Iterable<unknown>[];
  /** Marks this script's function: a second tag finds it and does nothing. */
  v?: 1;
}

declare global {
  interface Window {
    footfall?: Footfall;
  }
}

const commands = (CORE ? { event } : { event, optIn, optOut }) as Record<string, (...given: any[]) => unknown>;
const early = window.footfall;

if (!early?.v) {
  const footfall: Footfall = (command, ...given) =>
    guard(commands[command] as (...given: unknown[]) => void, ...given);
  footfall.v = 1;
  window.footfall = footfall;
  // Modules have no currentScript.
  const script = (document.currentScript ??
    (CORE || document.querySelector("script[data-site]"))) as HTMLScriptElement;
  const options = script.dataset;
  guard(init, { ...options, api: new URL(options.api ?? "/api/e", script.src) });
  for (const call of early?.q ?? []) footfall(...(call as Call));
}
