// Everything on the page as one file of each kind.
import { flow, stats } from "../state/answers.ts";
import { sheetOf } from "./numbers.ts";
import { csv, download, type Sheet } from "./sheet.ts";
import { view } from "../state/view.ts";

/** Downloads the answers as JSON, whole, and every list and series as CSV. */
export function exportAll(): void {
  const { value } = stats.answer.peek();
  if (!value) return;
  const name = `${view.value.site}-${view.value.range.replaceAll(/[:.]+/g, "-")}`;
  const { trend, visitors, totals, top } = value;
  const sheets: Sheet[] = [
    {
      name: "totals",
      columns: ["metric", "value", "previous"],
      rows: Object.entries(totals).map(([key, number]) => [
        key,
        number,
        value.previous?.[key as keyof typeof totals] ?? null,
      ]),
    },
    {
      name: "trend",
      columns: ["t", "users", "sessions", "pageviews"],
      rows: trend.t.map((at, index) => [
        new Date(at).toISOString(),
        trend.users[index]!,
        trend.sessions[index]!,
        trend.pageviews[index]!,
      ]),
    },
    {
      name: "visitors",
      columns: ["t", "new_pageviews", "returning_pageviews"],
      rows: visitors.t.map((at, index) => [
        new Date(at).toISOString(),
        visitors.new_pageviews[index]!,
        visitors.returning_pageviews[index]!,
      ]),
    },
    ...Object.entries(top).map(([dimension, rows]) => sheetOf(dimension, rows)),
  ];
  download(name, "csv", csv(sheets));
  download(name, "json", JSON.stringify({ stats: value, flow: flow.answer.peek().value }, null, 1));
}
