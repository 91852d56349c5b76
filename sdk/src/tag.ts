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

const commands = (CORE ? { event } : { event, optIn, optOut }) as Record<string, Function>;
const page = window as unknown as { footfall?: Footfall };
const early = page.footfall;

if (!early?.v) {
  const footfall: Footfall = (command, ...given) =>
    guard(commands[command] as (...given: unknown[]) => void, ...given);
  footfall.v = 1;
  page.footfall = footfall;
  // Modules have no currentScript.
  const script = (document.currentScript ??
    (CORE || document.querySelector("script[data-site]"))) as HTMLScriptElement;
  const { dataset } = script;
  guard(init, { ...dataset, api: new URL(dataset.api ?? "/api/e", script.src).href });
  for (const call of early?.q ?? []) footfall(...(call as Call));
}
