// What people read: pages, where they come in and leave, and where they go.
import { t } from "../text/words.ts";
import { Card } from "../ui/card.tsx";
import { Ranking } from "../ui/ranking.tsx";
import { Tabs } from "../ui/tabs.tsx";

const SHOWN = 8;

export const Pages = () => (
  <Card id="pages" title={t("pagesCard")} span={7} skeleton={339} tabs={<Tabs card="pages" label={t("pagesCard")} />}>
    <Ranking card="pages" shown={SHOWN} height={300} />
  </Card>
);
