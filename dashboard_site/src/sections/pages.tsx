// What people read: pages, where they come in and leave, and where they go.
import { stats } from "../state/answers.ts";
import { Card, Nothing } from "../ui/card.tsx";
import { Panel, Tabs } from "../ui/tabs.tsx";
import { columnsOf, Rows, ViewAll, wholeOf } from "../ui/rows.tsx";
import { tabOf } from "../state/view.ts";
import { t } from "../text/words.ts";

const SHOWN = 8;

export function Pages() {
  const value = stats.answer.value.value;
  const dimension = tabOf("pages");
  const rows = value?.top[dimension] ?? [];
  const whole = wholeOf(dimension, value?.totals);
  return (
    <Card
      id="pages"
      title={t("pagesCard")}
      span={7}
      skeleton={339}
      tabs={<Tabs card="pages" label={t("pagesCard")} />}
    >
      <Panel card="pages">
        {rows.length ? (
          <>
            <Rows dimension={dimension} rows={rows.slice(0, SHOWN)} columns={columnsOf(dimension, whole)} />
            <ViewAll dimension={dimension} />
          </>
        ) : (
          <Nothing height={339} />
        )}
      </Panel>
    </Card>
  );
}
