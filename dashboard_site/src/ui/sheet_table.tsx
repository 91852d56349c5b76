// The numbers behind a chart, as a table.
import { numbersOf } from "../files/numbers.ts";
import { Nothing } from "./card.tsx";
import { t } from "../text/words.ts";

const SHOWN_ROWS = 100;

export function SheetTable({ card }: { card: string }) {
  const sheet = numbersOf(card)?.sheet;
  if (!sheet) return <Nothing height={200} />;
  return (
    <div class="sheet" tabIndex={0} role="group" aria-label={`${sheet.name}, ${t("asTable")}`}>
      <table>
        <thead>
          <tr>
            {sheet.columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.slice(0, SHOWN_ROWS).map((row, index) => (
            <tr key={index}>
              {row.map((cell, at) =>
                at ? (
                  <td key={at}>{cell ?? "–"}</td>
                ) : (
                  <th scope="row" key={at}>
                    {cell}
                  </th>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
