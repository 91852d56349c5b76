// The door: a token opens it. A share link brings its own and never comes here.
import { useState } from "preact/hooks";
import { ApiError } from "../api/api.ts";
import { access, signIn } from "../state/answers.ts";
import { memory, SHARE, sharedSecret } from "../browser/memory.ts";
import { Icon } from "../ui/icons.tsx";
import { t } from "../text/words.ts";

export function Login() {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get("token") as string;
    setBusy(true);
    try {
      await signIn(given.trim());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.status === 401 ? t("tokenWrong") : error.message || t("failed"));
    } finally {
      setBusy(false);
    }
  };
  if (sharedSecret() && memory().token) {
    // A share link that is none any more, or none at all, keeps nobody from what he is signed in to.
    sessionStorage.removeItem(SHARE);
    location.reload();
    return null;
  }
  if (sharedSecret())
    return (
      <main class="login">
        <p class="notice" role="alert">
          {t("sharedExpired")}
        </p>
      </main>
    );
  return (
    <main class="login">
      <form class="card login-card" onSubmit={submit}>
        <span class="logo is-large">
          <Icon name="logo" />
        </span>
        <h1>{t("welcome")}</h1>
        {access.value === "expired" && (
          <p class="notice" role="alert">
            {t("expired")}
          </p>
        )}
        <label for="token">{t("token")}</label>
        <input
          id="token"
          name="token"
          type="password"
          required
          autocomplete="current-password"
          autofocus
          spellcheck={false}
          aria-describedby="token-hint"
          aria-invalid={Boolean(problem)}
        />
        <p id="token-hint" class={problem ? "problem" : "note"} role={problem ? "alert" : undefined}>
          {problem || t("tokenHint")}
        </p>
        <button type="submit" class="button is-main" disabled={isBusy}>
          {t("signIn")}
        </button>
      </form>
    </main>
  );
}
