// One list as a card of its own.
import { stats } from "../state/answers.ts";
import { t, type Word } from "../text/words.ts";
import { Card, Nothing } from "../ui/card.tsx";
import { columnsOf, Rows, ViewAll, wholeOf } from "../ui/rows.tsx";

export function TopCard({ dimension, span }: { dimension: string; span: number }) {
  const value = stats.answer.value.value;
  const rows = value?.top[dimension] ?? [];
  return (
    <Card id={dimension} title={t(`${dimension}_list` as Word)} span={span} skeleton={400}>
      {rows.length ? (
        <>
          <Rows dimension={dimension} rows={rows} columns={columnsOf(dimension, wholeOf(dimension, value?.totals))} />
          <ViewAll dimension={dimension} />
        </>
      ) : (
        <Nothing height={400} />
      )}
    </Card>
  );
}
