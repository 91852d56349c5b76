/** A fault of ours is ours alone: the page goes on as if we were not there. */
export const guard = <A extends unknown[], T>(work: (...given: A) => T, ...given: A): T | void => {
  try {
    return work(...given);
  } catch {}
};
