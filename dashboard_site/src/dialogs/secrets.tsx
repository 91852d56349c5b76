// Tokens and share links: what exists, a new one whose secret is shown once, and taking one back.
import { zone } from "../state/answers.ts";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask, askAll, json } from "../api/api.ts";
import type { SecretsProps } from "../state/lazy.ts";
import { wholeDate } from "../text/format.ts";
import { t } from "../text/words.ts";
import { CopyLine } from "../ui/copy_line.tsx";

export interface Secret {
  id: string;
  name: string;
  role: string;
  filters?: string[];
  last_used_at: number | null;
}

export function Secrets({ path, list, title, body, wrap }: SecretsProps) {
  const [known, setKnown] = useState<Secret[]>([]);
  const [made, setMade] = useState("");
  const [problem, setProblem] = useState("");
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      const answer = await askAll<Record<string, Secret[]>>(path, (page) => page[list] ?? []);
      setKnown(answer[list] ?? []);
      setProblem("");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.message || t("failed"));
    }
  };
  useEffect(() => void attempt(async () => {}), [path]);

  const create = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const name = String(new FormData(form).get("name"));
    void attempt(async () => {
      const { secret } = await ask<{ secret: string }>(path, "", json("POST", body(name)));
      setMade(wrap(secret));
      form.reset();
    });
  };
  const revoke = (id: string): Promise<void> =>
    attempt(async () => void (await ask(`${path}/${encodeURIComponent(id)}`, "", { method: "DELETE" })));

  return (
    <section class="secrets" aria-label={title}>
      <h3>{title}</h3>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <ul>
        {known.map((one) => (
          <li key={one.id}>
            <span>
              <bdi>{one.name}</bdi>{" "}
              <small>
                {[
                  one.role,
                  ...(one.filters ?? []),
                  one.last_used_at ? wholeDate(one.last_used_at, "week", zone()) : "",
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </small>
            </span>
            <button
              type="button"
              class="link"
              aria-label={`${t("revoke")}: ${one.name}`}
              onClick={() => void revoke(one.id)}
            >
              {t("revoke")}
            </button>
          </li>
        ))}
      </ul>
      {made && <CopyLine text={made} label={t("shownOnce")} />}
      {made && <p class="note">{t("shownOnce")}</p>}
      <form class="copy-line" onSubmit={create}>
        <input name="name" required maxLength={100} placeholder={t("name")} aria-label={`${title}: ${t("name")}`} />
        <button type="submit" class="button">
          {t("create")}
        </button>
      </form>
    </section>
  );
}
