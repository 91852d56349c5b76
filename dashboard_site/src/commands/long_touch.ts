// A long touch does what Alt and a press do: it excludes.

const LONG_MS = 500;
const PRESSED = ".rows tbody tr, .legend.is-buttons button";

export function listenToLongTouches(): void {
  let timer = 0;
  let isLong = false;
  addEventListener("pointerdown", (event) => {
    clearTimeout(timer);
    isLong = false;
    const pressed = event.pointerType === "touch" && (event.target as Element).closest(PRESSED);
    if (!pressed) return;
    timer = setTimeout(() => {
      isLong = true;
      pressed.dispatchEvent(new MouseEvent("click", { bubbles: true, altKey: true }));
    }, LONG_MS);
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => clearTimeout(timer));
  addEventListener(
    "click",
    (event) => {
      if (!isLong || event.altKey) return;
      isLong = false;
      event.preventDefault();
      event.stopPropagation(); // the press that ends the touch
    },
    true,
  );
  addEventListener("contextmenu", (event) => isLong && event.preventDefault());
}
