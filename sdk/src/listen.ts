/** Calls `handler` on events of the window, never letting its errors reach the page. */
export const listen = (
  types: string,
  handler: (event: Event) => void,
  capture = false,
): void => {
  for (const type of types.split(" ")) {
    addEventListener(type, (event) => guard(handler, event), { capture, passive: true });
  }
};

/** A fault of ours is ours alone: the page goes on as if we were not there. */
export const guard = <A extends unknown[]>(work: (...given: A) => void, ...given: A): void => {
  try {
    work(...given);
  } catch {}
};
