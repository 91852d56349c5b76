// A modal window: the browser keeps focus inside it and gives it back.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { t } from "../text/words.ts";

export function Dialog({
  title,
  onClose,
  children,
  class: look = "",
}: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}) {
  const place = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  useLayoutEffect(() => {
    const shown = place.current!;
    shown.showModal();
    return () => {
      isGone.current = true;
      shown.close();
    };
  }, []);
  return (
    <dialog
      ref={place}
      class={look}
      aria-labelledby="dialog-title"
      onClose={() => isGone.current || onClose()} // comes late: the same dialog may be open again
      onClick={(event) => event.target === place.current && onClose()}
    >
      <div class="dialog-inner">
        <header class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="icon-button" aria-label={t("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
