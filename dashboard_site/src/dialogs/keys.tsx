// The keys of the page.
import { keys } from "#language/keys.ts";
import { t } from "../text/words.ts";
import { Dialog } from "../ui/dialog.tsx";

export function Keys({ close }: { close: () => void }) {
  return (
    <Dialog title={t("keys")} onClose={close}>
      <dl class="keys">
        {keys.map(([names, meaning]) => (
          <div key={meaning}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
