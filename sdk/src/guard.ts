/** A fault of ours is ours alone: the page goes on as if we were not there. */
export const guard = <A extends unknown[], T>(work: (...given: A) => T, ...given: A): T | void => {
  try {
    return work(...given);
  } catch {}
};

/** Calls `handler` on events of the window. */
export const listen = (types: string, handler: (event: any) => void, capture?: boolean): void => {
  for (const type of types.split(" ")) {
    addEventListener(type, (event) => guard(handler, event), capture);
  }
};
