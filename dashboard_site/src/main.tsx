// The application: what stands on the page, from top to bottom.
import { render } from "preact";
import { access, isOffline, refresh, startAnswering, stats } from "./state/answers.ts";
import { clock } from "./text/format.ts";
import { later, loadFrom, parts } from "./state/lazy.ts";
import { listenToKeys } from "./commands/shortcuts.ts";
import { Bar } from "./sections/bar.tsx";
import { Growth } from "./sections/growth.tsx";
import { LazyPage } from "./sections/page.tsx";
import { Scope } from "./sections/scope.tsx";
import { dialog, go, view } from "./state/view.ts";
import { t } from "./text/words.ts";

loadFrom({
  later: () => import("./later.tsx"),
  pages: {
    calendar: () => import("./dialogs/calendar.tsx"),
    filter: () => import("./dialogs/filter.tsx"),
    glossary: () => import("./dialogs/glossary.tsx"),
    events: () => import("./views/events.tsx"),
    health: () => import("./views/health.tsx"),
    settings: () => import("./views/settings.tsx"),
  },
});

function App() {
  const name = view.value.view;
  const isClosed = access.value !== "open";
  const isAsked = dialog.value !== null || view.value.list !== "";
  const { value, error, isLoading, at } = stats.answer.value;
  const isAlone = isOffline.value || error?.status === 0;
  const isNotable =
    (error !== null && !isAlone) || (value !== null && (!value.totals.sessions || value.meta.partial.length > 0));
  if (!parts.value) later().catch(() => {}); // asked again with the next change
  if (isClosed) return parts.value && <parts.value.Login />;
  return (
    <>
      <a class="skip" href="#numbers">
        {t("skip")}
      </a>
      {isLoading && value && <i class="progress" />}
      <Bar />
      {name !== "settings" && <Scope />}
      <main id="numbers" tabIndex={-1}>
        <h1 class="unseen">{view.value.site}</h1>
        {isAlone && value && (
          <p class="notice" role="status">
            {t("offline", clock(at, value.meta.tz))}
          </p>
        )}
        {isNotable && parts.value && <parts.value.Notices />}
        {name ? (
          <LazyPage name={name} />
        ) : (
          <div class="grid">
            <Growth />
            {parts.value ? <parts.value.Cards /> : <CardsToCome />}
          </div>
        )}
      </main>
      <Footer />
      {isAsked && parts.value && <parts.value.Dialogs />}
    </>
  );
}

const CardsToCome = () => (
  <>
    <div class="skeleton now" />
    <div class="skeleton below" />
  </>
);

function Footer() {
  const { value } = stats.answer.value;
  return (
    <footer class="foot">
      <button type="button" class="link" onClick={() => (dialog.value = "keys")}>
        <kbd>?</kbd> {t("keys")}
      </button>
      <button type="button" class="link" onClick={() => (dialog.value = "glossary")}>
        {t("definitions")}
      </button>
      {value && (
        <button type="button" class="link" onClick={refresh}>
          {value.meta.tz} · {t("updated", clock(value.meta.generated_at, value.meta.tz))}
        </button>
      )}
    </footer>
  );
}

// Tooltips and chart roots are cleared with an empty string; no other text may ever become markup.
(window as { trustedTypes?: { createPolicy: (name: string, rules: object) => void } }).trustedTypes?.createPolicy(
  "default",
  {
    createHTML: (markup: string) => (markup === "" ? "" : null),
  },
);
listenToKeys();
startAnswering();
if (access.peek() === "open" && view.peek().site) go({}, "replace");
render(<App />, document.getElementById("app")!);
