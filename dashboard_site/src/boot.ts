// Runs inside the page before anything is painted: theme and language, the application of that language, and,
// where this address was open before, its questions, on their way before the application has arrived.
import { send } from "./api/api.ts";
import { memory, openingLanguage, sharedSecret, token } from "./browser/memory.ts";

/** Address of each language's application; the build fills it in. */
declare const APPLICATIONS: Record<string, string>;

const root = document.documentElement;
const { theme, asked } = memory();
if (theme) root.dataset.theme = theme;
root.lang = openingLanguage(location.search);
void import(APPLICATIONS[root.lang]!);

const isLast = asked && !sharedSecret() && (!location.search || location.search === asked.address);
if (token() && isLast) {
  window.early = new Map(asked.questions.map((url) => [url, send(url)]));
  for (const answer of window.early.values()) answer.catch(() => {}); // the application will see it
}
