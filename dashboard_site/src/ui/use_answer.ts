// An answer that a component asks for while it is shown.
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api/api.ts";
import { access } from "../state/answers.ts";
import type { Asked } from "../state/lazy.ts";
import { t } from "../text/words.ts";

const nothing = { value: null, problem: "", question: "" };

/** Asks `pause` ms after the question has changed and drops the older question; its answer stays until the newer one
 * is there. An empty path asks nothing. */
export function useAnswer<T>(path: string, query = "", pause = 0): Asked<T> {
  const [answer, setAnswer] = useState<{ value: T | null; problem: string; question: string }>(nothing);
  const [tries, setTries] = useState(0);
  const question = `${path}?${query}`;
  useEffect(() => {
    if (!path) return setAnswer(nothing);
    const asking = new AbortController();
    const refused = (error: unknown): void => {
      if (asking.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) access.value = "expired";
      setAnswer({ value: null, problem: error.message || t("failed"), question });
    };
    const timer = setTimeout(() => {
      ask<T>(path, query, { signal: asking.signal }).then(
        (value) => setAnswer({ value, problem: "", question }),
        refused,
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [question, tries]);
  const retry = (): void => {
    setAnswer(nothing);
    setTries(tries + 1);
  };
  return {
    value: answer.value,
    problem: answer.problem,
    isLoading: path !== "" && answer.question !== question,
    retry,
  };
}
