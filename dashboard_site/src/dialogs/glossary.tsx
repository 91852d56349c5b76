// What every number means, in the reader's language.
import "../main.tsx";
import { glossary, names } from "#language/glossary.ts";
import { isWord, t } from "../text/words.ts";

export const Page = () => (
  <dl class="glossary" tabIndex={0}>
    {Object.entries(glossary).map(([key, meaning]) => (
      <div key={key}>
        <dt>{names[key] ?? (isWord(key) ? t(key) : key)}</dt>
        <dd>{meaning}</dd>
      </div>
    ))}
  </dl>
);
