// Any list of the page as a table of plain values: what "View as table" shows and what CSV holds.

export interface Sheet {
  name: string;
  columns: string[];
  rows: (string | number | null)[][];
}

const RUNS_AS_FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** One CSV field: quoted, and text that a spreadsheet would run stands behind an apostrophe (CWE-1236). */
function field(value: string | number | null): string {
  if (value === null) return '""';
  if (typeof value === "number") return String(value);
  return `"${(RUNS_AS_FORMULA.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;
}

/** RFC 4180 text of the sheets, one under the other when there are several. */
export function csv(sheets: Sheet[]): string {
  const blocks = sheets.map((sheet) =>
    [sheet.columns, ...sheet.rows].map((row) => row.map(field).join(",")).join("\r\n"),
  );
  const named = sheets.length > 1 ? blocks.map((block, index) => `${field(sheets[index]!.name)}\r\n${block}`) : blocks;
  return `${named.join("\r\n\r\n")}\r\n`;
}

/** Hands the reader a file; the byte order mark lets spreadsheets see UTF-8. */
export function download(name: string, type: "csv" | "json", content: string): void {
  const link = document.createElement("a");
  const blob = new Blob(type === "csv" ? ["\ufeff", content] : [content], {
    type: type === "csv" ? "text/csv" : "application/json",
  });
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.${type}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
