// What the page's menus offer.
import { chooseLanguage, chooseTheme, theme } from "../browser/appearance.ts";
import { signOut } from "../state/answers.ts";
import { exportAll } from "../files/export.ts";
import { sharedSecret } from "../browser/memory.ts";
import { numbersOf } from "../files/numbers.ts";
import { csv, download } from "../files/sheet.ts";
import { RANGES } from "../state/address.ts";
import { dialog, go, pageView, view } from "../state/view.ts";
import { LANG, t, type Word } from "../text/words.ts";
import type { MenuItem } from "../state/lazy.ts";

export function mainMenu(): MenuItem[][] {
  const isGuest = Boolean(sharedSecret());
  return [
    [{ text: t("shareLink"), act: () => (dialog.value = "share"), key: "S" }],
    [
      { text: t("exportAll"), act: exportAll, key: "E" },
      { text: t("print"), act: () => print() },
    ],
    [
      { text: t("system"), isChecked: !theme.value, act: () => chooseTheme("") },
      { text: t("light"), isChecked: theme.value === "light", act: () => chooseTheme("light") },
      { text: t("dark"), isChecked: theme.value === "dark", act: () => chooseTheme("dark"), key: "D" },
    ],
    [{ text: t("languageName"), act: () => chooseLanguage(LANG === "zh" ? "en" : "zh") }],
    [
      { text: t("definitions"), act: () => (dialog.value = "glossary") },
      { text: t("keys"), act: () => (dialog.value = "keys"), key: "?" },
    ],
    isGuest
      ? []
      : [
          { text: t("settingsPage"), act: () => go(pageView("settings")) },
          { text: t("signOut"), act: signOut },
        ],
  ];
}

/** The periods that have a name, the reader's own days, and whether the period before is shown beside them. */
export function periodMenu(): MenuItem[][] {
  const { range, compare } = view.value;
  return [
    [
      ...RANGES.map((one, index) => ({
        text: t(`${one}Long` as Word),
        isChecked: one === range,
        act: () => go({ range: one }),
        key: String(index + 1),
      })),
      { text: t("custom"), isChecked: !RANGES.includes(range), act: () => (dialog.value = "calendar"), key: "5" },
    ],
    [{ text: t("compare"), isChecked: compare, act: () => go({ compare: !compare }), key: "C" }],
  ];
}

/** What a card offers: its other look, its numbers as files, and their meaning. */
export function cardMenu(id: string, look: { isTable: boolean; turn: () => void } | null): MenuItem[][] {
  const numbers = numbersOf(id);
  const name = `${view.value.site}-${id}-${view.value.range.replaceAll(/[:.]+/g, "-")}`;
  return [
    look && numbers ? [{ text: t(look.isTable ? "asChart" : "asTable"), act: look.turn }] : [],
    numbers
      ? [
          { text: t("csv"), act: () => download(name, "csv", csv([numbers.sheet])) },
          { text: t("json"), act: () => download(name, "json", JSON.stringify(numbers.raw, null, 1)) },
        ]
      : [],
    [{ text: t("meaning"), act: () => (dialog.value = "glossary") }],
  ];
}
