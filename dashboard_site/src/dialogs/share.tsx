// The address of what is on the screen.
import { useState } from "preact/hooks";
import { t } from "../words.ts";
import { Dialog } from "./dialog.tsx";

export function CopyLine({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  return (
    <p class="copy-line">
      <input readOnly value={text} aria-label={label} onFocus={(event) => event.currentTarget.select()} />
      <button type="button" class="button" onClick={copy}>{t(isCopied ? "copied" : "copy")}</button>
    </p>
  );
}

export function Share({ close }: { close: () => void }) {
  return (
    <Dialog title={t("shareLink")} onClose={close}>
      <CopyLine text={location.href} label={t("shareLink")} />
    </Dialog>
  );
}
