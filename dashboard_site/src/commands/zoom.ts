// A closer look at some buckets of the charts over time.
import { stats } from "../state/answers.ts";
import { dayOf } from "../text/format.ts";
import { go } from "../state/view.ts";

/** Shows the buckets from `first` to `last` alone; one that stands alone already goes back to where the reader came from. */
export function zoom(first: number, last: number): void {
  const {
    meta,
    trend: { t: buckets },
  } = stats.answer.peek().value!;
  if (buckets.length === 1) return history.back();
  const edge = (at: number): string =>
    meta.bucket === "hour" ? new Date(at).toISOString().replace(".000", "") : dayOf(at, meta.tz);
  const from = Math.max(buckets[first] ?? meta.from, meta.from);
  const to = last + 1 < buckets.length ? buckets[last + 1]! : Math.max(meta.to, buckets[last]! + 1);
  const end = meta.bucket === "hour" ? edge(to) : edge(last + 1 < buckets.length ? to : to + 86_399_999);
  if (edge(from) !== end) go({ range: `${edge(from)}..${end}` });
}
