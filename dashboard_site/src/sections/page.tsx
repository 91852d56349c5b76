// What has a file of its own, which is fetched when it is opened, or about to be.
import { useEffect, useState } from "preact/hooks";
import { loadPage, pages, type PageName } from "../state/lazy.ts";
import { t } from "../text/words.ts";

export function LazyPage({ name }: { name: PageName }) {
  const [hasFailed, setFailed] = useState(false);
  const load = (): void => {
    setFailed(false);
    loadPage(name).catch(() => setFailed(true));
  };
  useEffect(load, [name]);
  const Page = pages.value[name];
  if (Page) return <Page />;
  return hasFailed ? (
    <div class="state" role="status">
      <p>{t("failedPage")}</p>
      <button type="button" class="button" onClick={load}>
        {t("retry")}
      </button>
    </div>
  ) : (
    <p class="unseen" role="status">
      {t("loading")}
    </p>
  );
}
