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
    kept ??= JSON.parse(localStorage.getItem(KEY)!) as Memory;
  } catch {} // storage may be blocked, and hold what others wrote
  if (kept?.constructor !== Object || !Array.isArray(kept.sites ?? [])) kept = {};
  return kept;
}

/** Keeps what a signed-in reader did; a share link's reader leaves nothing behind but theme and language. */
export function remember(change: Partial<Memory>): void {
  if (sharedSecret() && !change.theme && !change.lang) return;
  kept = { ...memory(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Blocked or full storage: the page works without it.
  }
}

export const SHARE = "footfall.share";

/** The secret of a share link, for as long as the tab lives; empty for others. It arrives in the fragment,
 * which no server and no Referer ever sees, and leaves the address bar at once. */
export function sharedSecret(): string {
  try {
    const given = new URLSearchParams(location.hash.slice(1)).get("share");
    if (given) {
      sessionStorage.setItem(SHARE, given);
      history.replaceState(null, "", location.pathname + location.search);
    }
    return sessionStorage.getItem(SHARE) ?? "";
  } catch {
    return "";
  }
}

export const token = (): string => sharedSecret() || memory().token || "";

/** The language that the address, the reader's last choice or the browser asks for; an address that asks is remembered. */
export function openingLanguage(search: string): "en" | "zh" {
  const asked = new URLSearchParams(search).get("lang");
  if (asked === "en" || asked === "zh") remember({ lang: asked });
  const { lang } = memory();
  return lang === "en" || lang === "zh" ? lang : navigator.language.startsWith("zh") ? "zh" : "en";
}
