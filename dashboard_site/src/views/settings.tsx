// The page of settings: the site's facts, the line of code that makes it count, who may read, and what it costs.
import "../main.tsx";
import { settingsWords } from "#language/settings.ts";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask, json } from "../api/api.ts";
import { live, loadSites, role, sites, stats } from "../state/answers.ts";
import { parts } from "../state/lazy.ts";
import type { SiteFacts } from "../browser/memory.ts";
import { view } from "../state/view.ts";
import { learn, t } from "../text/words.ts";
import { adoptStyle } from "../browser/appearance.ts";
import style from "./settings.css";
import { SiteUsage } from "./usage.tsx";

learn(settingsWords);
adoptStyle(style);

export function Page() {
  useEffect(() => void loadSites().catch(() => {}), []); // what is known stays on the screen
  const site = sites.value.find((one) => one.id === view.value.site) ?? { id: view.value.site };
  const now = live.answer.value.value;
  const { CopyLine, Secrets, snippet } = parts.value!;
  const isAdmin = role.value === "admin";
  const isHeard = now?.minutes.some((users) => users > 0);
  return (
    <div class="settings">
      <section class="card" aria-labelledby="settings-title">
        <h2 id="settings-title">{t("settingsPage")}</h2>
        {isAdmin ? <SiteForm site={site} key={JSON.stringify(site)} /> : <Facts site={site} />}
      </section>
      <section class="card" aria-labelledby="snippet-title">
        <h2 id="snippet-title">{t("snippet")}</h2>
        <CopyLine text={snippet()} label={t("snippet")} />
        <p class="note" role="status">
          {isHeard ? `✓ ${t("last5")}: ${now!.live_users}` : t("waiting")}
        </p>
      </section>
      {isAdmin && (
        <div class="card">
          <Secrets
            path="/api/tokens"
            list="tokens"
            title={t("tokens")}
            body={(name) => ({ name, role: "viewer", sites: [site.id] })}
            wrap={(secret) => secret}
          />
        </div>
      )}
      {isAdmin && (
        <div class="card">
          <SiteUsage site={site.id} key={site.id} />
        </div>
      )}
    </div>
  );
}

const Facts = ({ site }: { site: SiteFacts }) => (
  <dl class="facts">
    <div>
      <dt>{t("name")}</dt>
      <dd>{site.name || site.id}</dd>
    </div>
    <div>
      <dt>{t("hostnames")}</dt>
      <dd>{site.hostnames?.join(", ") || "–"}</dd>
    </div>
    <div>
      <dt>{t("timeZone")}</dt>
      <dd>{site.time_zone || "–"}</dd>
    </div>
  </dl>
);

function SiteForm({ site }: { site: SiteFacts }) {
  const [said, setSaid] = useState("");
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const change = {
      name: String(given.get("name")),
      time_zone: String(given.get("time_zone")),
      hostnames: String(given.get("hostnames"))
        .split(/[\s,]+/)
        .filter(Boolean),
    };
    try {
      await ask(`/api/sites/${encodeURIComponent(site.id)}`, "", json("PATCH", change));
      setSaid(t("saved"));
      await loadSites();
      await stats.load();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setSaid(error.message || t("failed"));
    }
  };
  return (
    <form class="site-form" onSubmit={save}>
      <label>
        {t("name")}
        <input name="name" value={site.name ?? ""} />
      </label>
      <label>
        {t("hostnames")}
        <input name="hostnames" value={site.hostnames?.join(", ") ?? ""} required />
      </label>
      <label>
        {t("timeZone")}
        <input name="time_zone" value={site.time_zone ?? "UTC"} required />
      </label>
      <p class="copy-line">
        <button type="submit" class="button">
          {t("save")}
        </button>
        <span role="status">{said}</span>
      </p>
    </form>
  );
}
