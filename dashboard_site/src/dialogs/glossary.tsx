// What every number means, in the reader's language.
import { glossary, names } from "#language/glossary.ts";
import { isWord, t } from "../text/words.ts";
import { Dialog } from "../ui/dialog.tsx";

export function Glossary({ close }: { close: () => void }) {
  return (
    <Dialog title={t("meaning")} onClose={close} class="is-tall">
      <dl class="glossary" tabIndex={0}>
        {Object.entries(glossary).map(([key, meaning]) => (
          <div key={key}>
            <dt>{names[key] ?? (isWord(key) ? t(key) : key)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
