// What the first numbers do not need: the cards below the first screen, the door, everything that opens over the page, and
// files to take away.
// Importing the application makes this chunk share one file with it.
import "./main.tsx";
import { laterWords } from "#language/later.ts";
import { Calendar } from "./dialogs/calendar.tsx";
import { Glossary } from "./dialogs/glossary.tsx";
import { Keys } from "./dialogs/keys.tsx";
import { List } from "./dialogs/list.tsx";
import { Share } from "./dialogs/share.tsx";
export { zoom } from "./commands/zoom.ts";
import { dialog, go, view } from "./state/view.ts";
import { learn } from "./text/words.ts";
import { adoptStyle } from "./browser/appearance.ts";
import style from "./later.css";

export { pressKey } from "./commands/keys.ts";
export { cardMenu, mainMenu, periodMenu } from "./commands/menus.ts";
export { Secrets } from "./dialogs/secrets.tsx";
export { CopyLine } from "./ui/copy_line.tsx";
export { snippet } from "./ui/snippet.ts";
export { MenuList } from "./ui/menu_list.tsx";
export { SheetTable } from "./ui/sheet_table.tsx";
export { Below } from "./sections/below.tsx";
export { Login } from "./sections/login.tsx";
export { Notices } from "./sections/notices.tsx";

learn(laterWords);
adoptStyle(style);

const VIEWS = { calendar: Calendar, glossary: Glossary, keys: Keys, share: Share };

export function Dialogs() {
  const name = dialog.value;
  const View = name && VIEWS[name];
  // The event of its closing comes late: a key may have opened another one meanwhile.
  if (View) return <View close={() => dialog.peek() === name && (dialog.value = null)} />;
  return view.value.list ? <List dimension={view.value.list} close={() => go({ list: "" })} /> : null;
}
