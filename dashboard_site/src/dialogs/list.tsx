// One list, whole: of any dimension, searched, sorted by the API, loaded page by page. Each row filters.
import { useEffect, useRef, useState } from "preact/hooks";
import { periodQuery } from "../state/address.ts";
import { ApiError, ask, type Row } from "../api/api.ts";
import { stats } from "../state/answers.ts";
import { sheetOf } from "../files/numbers.ts";
import { columnsOf, Rows, wholeOf } from "../ui/rows.tsx";
import { csv, download } from "../files/sheet.ts";
import { BESIDE, GROUPS, type Dimension } from "../api/vocabulary.ts";
import { go, view } from "../state/view.ts";
import { isWord, t } from "../text/words.ts";
import { Dialog } from "../ui/dialog.tsx";

interface Page {
  rows: Row[];
  cursor?: string | null;
}

const GROUP_NAMES = Object.keys(GROUPS) as (keyof typeof GROUPS)[];
const offeredOf = (group: keyof typeof GROUPS): Dimension[] =>
  [...GROUPS[group], ...BESIDE[group]].filter((one) => one !== "bot" || view.value.bots);
const LIMIT = 50;
const SEARCH_PAUSE_MS = 200;

export function List({ dimension, close }: { dimension: string; close: () => void }) {
  const [rows, setRows] = useState<Row[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const [problem, setProblem] = useState("");
  const current = useRef(new AbortController());

  const load = async (after: string | null): Promise<void> => {
    current.current.abort();
    const { signal } = (current.current = new AbortController());
    const more = new URLSearchParams({
      dimension,
      limit: String(LIMIT),
      ...(search && { search }),
      ...(after && { cursor: after }),
    });
    try {
      const page = await ask<Page>("/api/reports/list", `${periodQuery(view.value)}&${more.toString()}`, { signal });
      setRows((before) => (after ? [...(before ?? []), ...page.rows] : page.rows));
      setCursor(page.cursor ?? null);
      setProblem("");
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message || t("failed"));
    }
  };

  useEffect(() => {
    const pause = setTimeout(() => void load(null), rows ? SEARCH_PAUSE_MS : 0);
    return () => clearTimeout(pause);
  }, [dimension, search, view.value.filters, view.value.range, view.value.bots]);
  useEffect(() => () => current.current.abort(), []);

  const whole = wholeOf(dimension, stats.answer.value.value?.totals);
  const name = `${view.value.site}-${dimension}`;
  return (
    <Dialog title={isWord(dimension) ? t(dimension) : dimension} onClose={close} class="is-tall is-wide">
      <div class="list-tools">
        <select
          aria-label={t("dimension")}
          value={dimension}
          onChange={(event) => {
            setRows(null);
            setSearch("");
            go({ list: event.currentTarget.value }, "replace");
          }}
        >
          {GROUP_NAMES.map((group) => (
            <optgroup label={t(`${group}Group`)} key={group}>
              {offeredOf(group).map((one) => (
                <option value={one} key={one}>
                  {t(one)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <input
          type="search"
          autofocus
          placeholder={t("search")}
          aria-label={t("search")}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        {rows && (
          <button type="button" class="button" onClick={() => download(name, "csv", csv([sheetOf(dimension, rows)]))}>
            CSV
          </button>
        )}
        {rows && (
          <button type="button" class="button" onClick={() => download(name, "json", JSON.stringify(rows, null, 1))}>
            JSON
          </button>
        )}
      </div>
      <div class="list-rows" tabIndex={0} role="group" aria-label={isWord(dimension) ? t(dimension) : dimension}>
        {problem && (
          <p class="notice" role="alert">
            {problem}{" "}
            <button type="button" class="link" onClick={() => void load(null)}>
              {t("retry")}
            </button>
          </p>
        )}
        {rows &&
          (rows.length ? (
            <Rows dimension={dimension} rows={rows} columns={columnsOf(dimension, whole, true)} />
          ) : (
            <p class="note">{t("emptyList")}</p>
          ))}
        {cursor && (
          <button type="button" class="button" onClick={() => void load(cursor)}>
            {t("loadMore")}
          </button>
        )}
      </div>
    </Dialog>
  );
}
