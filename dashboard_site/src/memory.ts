// What this browser remembers between visits, under one key. Storage may be blocked: then nothing is remembered.

export interface SiteFacts {
  id: string;
  name?: string;
  hostnames?: string[];
  time_zone?: string;
}

interface Memory {
  token?: string;
  theme?: "light" | "dark";
  lang?: "en" | "zh";
  site?: string;
  sites?: SiteFacts[];
  /** Last address of each site. */
  views?: Record<string, string>;
  /** The address last shown and the API addresses it asked. */
  asked?: { address: string; questions: string[] };
}

const KEY = "footfall.dashboard";
let kept: Memory | null = null;

export function memory(): Memory {
  try {
    kept ??= JSON.parse(localStorage.getItem(KEY) ?? "{}") as Memory;
  } catch {
    kept = {};
  }
  return kept;
}

export function remember(change: Partial<Memory>): void {
  kept = { ...memory(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Blocked or full storage: the page works without it.
  }
}

/** The secret of a share link stands in the fragment, which no server and no Referer ever sees. */
export const sharedSecret = (): string => new URLSearchParams(location.hash.slice(1)).get("share") ?? "";

export const token = (): string => sharedSecret() || memory().token || "";

/** The language that the address, the reader's last choice or the browser asks for; an address that asks is remembered. */
export function openingLanguage(search: string): "en" | "zh" {
  const asked = new URLSearchParams(search).get("lang");
  if (asked === "en" || asked === "zh") remember({ lang: asked });
  return memory().lang ?? (navigator.language.startsWith("zh") ? "zh" : "en");
}
