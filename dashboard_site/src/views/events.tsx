// The page of events: what else people do, and by which links they leave.
import "../main.tsx";
import { stats } from "../state/answers.ts";
import { Card, Nothing } from "../ui/card.tsx";
import { columnsOf, Rows, ViewAll, wholeOf } from "../ui/rows.tsx";
import { t } from "../text/words.ts";

export const Page = () => (
  <div class="grid">
    <TopCard dimension="event" />
    <TopCard dimension="outbound" />
  </div>
);

function TopCard({ dimension }: { dimension: "event" | "outbound" }) {
  const value = stats.answer.value.value;
  const rows = value?.top[dimension] ?? [];
  return (
    <Card id={dimension} title={t(`${dimension}_list`)} span={6} skeleton={400}>
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
