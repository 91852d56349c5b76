// Theme, language and width: what the reader chose, else what the system says.
import { computed, effect, signal } from "@preact/signals";
import { memory, remember } from "./memory.ts";

export const theme = signal<"light" | "dark" | "">(memory().theme ?? "");

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (event) => (systemDark.value = event.matches));
export const isDark = computed(() => (theme.value ? theme.value === "dark" : systemDark.value));

const narrow = matchMedia("(max-width: 640px)");
export const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", (event) => (isNarrow.value = event.matches));

effect(() => {
  const root = document.documentElement;
  if (theme.value) root.dataset.theme = theme.value;
  else delete root.dataset.theme;
});

export function chooseTheme(chosen: "light" | "dark" | ""): void {
  theme.value = chosen;
  remember({ theme: chosen || undefined });
}

/** Opens the page again in the other language; the address brings everything back. */
export function chooseLanguage(lang: "en" | "zh"): void {
  remember({ lang });
  location.reload();
}

/** The colours that charts need, read from the style sheet's tokens once for each theme. */
export interface Palette {
  surface: string;
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  line2: string;
  accent: string;
  soft: string;
  muted: string;
  ramp: string[];
  font: string;
}

export const palette = computed<Palette>(() => {
  void isDark.value;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    surface: read("surface"),
    ink: read("ink"),
    ink2: read("ink2"),
    ink3: read("ink3"),
    line: read("line"),
    line2: read("line2"),
    accent: read("accent"),
    soft: read("soft"),
    muted: read("muted"),
    ramp: [1, 2, 3, 4, 5, 6].map((step) => read(`r${step}`)),
    font: read("font"),
  };
});

/** Gives the page the style that arrives with a file. A sheet made by script is no inline style to the page's policy. */
export function adoptStyle(text: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
