// A line of text to copy.
import { useState } from "preact/hooks";
import { t } from "../text/words.ts";

export function CopyLine({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  return (
    <p class="copy-line">
      <input readOnly value={text} aria-label={label} onFocus={(event) => event.currentTarget.select()} />
      <button type="button" class="button" onClick={copy}>
        {t(isCopied ? "copied" : "copy")}
      </button>
    </p>
  );
}
