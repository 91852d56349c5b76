// How a number changed against the previous period.

export interface Delta {
  /** Signed relative change, or signed points for a rate; null when there is nothing to compare with. */
  change: number | null;
  kind: "change" | "new" | "none";
  /** Whether the change is good news, bad news or neither. */
  mood: "up" | "down" | "flat";
}

/** Change of `now` against `before`. Rates differ in points; where less is better, the mood is turned round. */
export function delta(now: number, before: number, form: { rate?: boolean; lessIsBetter?: boolean } = {}): Delta {
  if (!before && !now) return { change: null, kind: "none", mood: "flat" };
  if (!before && !form.rate) return { change: null, kind: "new", mood: "up" };
  const change = form.rate ? now - before : (now - before) / before;
  const better = form.lessIsBetter ? change < 0 : change > 0;
  return { change, kind: "change", mood: change === 0 ? "flat" : better ? "up" : "down" };
}
