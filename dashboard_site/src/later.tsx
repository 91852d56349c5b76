// What the first numbers do not need: the cards beside and below growth, the door, everything that opens over the page, and
// files to take away.
// Importing the application makes this chunk share one file with it.
import "./main.tsx";
import { laterWords } from "#language/later.ts";
import { Keys } from "./dialogs/keys.tsx";
import { List } from "./dialogs/list.tsx";
import { Share } from "./dialogs/share.tsx";
import { Why } from "./dialogs/why.tsx";
import { listenToLongTouches } from "./commands/long_touch.ts";
export { zoom } from "./commands/zoom.ts";
import { dialog, go, view } from "./state/view.ts";
import { learn, t } from "./text/words.ts";
import { Dialog } from "./ui/dialog.tsx";
import { LazyPage } from "./sections/page.tsx";
import { adoptStyle } from "./browser/appearance.ts";
import style from "./later.css";

export { pressKey } from "./commands/keys.ts";
export { cardMenu, mainMenu, periodMenu } from "./commands/menus.ts";
export { Secrets } from "./dialogs/secrets.tsx";
export { CopyLine } from "./ui/copy_line.tsx";
export { snippet } from "./ui/snippet.ts";
export { MenuList } from "./ui/menu_list.tsx";
export { Missing } from "./ui/ranking.tsx";
export { SheetTable } from "./ui/sheet_table.tsx";
export { useAnswer } from "./ui/use_answer.ts";
export { Cards } from "./sections/cards.tsx";
export { TopCard } from "./sections/top_card.tsx";
export { Chips } from "./sections/chips.tsx";
export { Login } from "./sections/login.tsx";
export { Notices } from "./sections/notices.tsx";

learn(laterWords);
adoptStyle(style);
listenToLongTouches();

interface Props {
  close: () => void;
}

// These have much in them, which comes when they are opened.
const Calendar = ({ close }: Props) => (
  <Dialog title={t("custom")} onClose={close} class="is-calendar">
    <LazyPage name="calendar" />
  </Dialog>
);
const Filter = ({ close }: Props) => (
  <Dialog title={t("filter")} onClose={close} class="is-filter">
    <LazyPage name="filter" />
  </Dialog>
);
const Glossary = ({ close }: Props) => (
  <Dialog title={t("meaning")} onClose={close} class="is-tall">
    <LazyPage name="glossary" />
  </Dialog>
);

const VIEWS = { calendar: Calendar, filter: Filter, glossary: Glossary, keys: Keys, share: Share, why: Why };

export function Dialogs() {
  const name = dialog.value;
  const View = name && VIEWS[name];
  // The event of its closing comes late: a key may have opened another one meanwhile.
  if (View) return <View close={() => dialog.peek() === name && (dialog.value = null)} />;
  return view.value.list ? <List dimension={view.value.list} close={() => go({ list: "" })} /> : null;
}
