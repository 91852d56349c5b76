// The site's facts, the line of code that makes it count, and who may read.
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "../api/api.ts";
import { live, loadSites, role, sites, stats } from "../state/answers.ts";
import type { SiteFacts } from "../browser/memory.ts";
import { snippet } from "../ui/snippet.ts";
import { view } from "../state/view.ts";
import { t } from "../text/words.ts";
import { CopyLine } from "../ui/copy_line.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { json, Secrets } from "./secrets.tsx";
import { SiteUsage } from "./usage.tsx";

export function Settings({ close }: { close: () => void }) {
  useEffect(() => void loadSites().catch(() => {}), []); // what is known stays on the screen
  const site = sites.value.find((one) => one.id === view.value.site) ?? { id: view.value.site };
  const now = live.answer.value.value;
  const isHeard = now?.minutes.some((users) => users > 0);
  return (
    <Dialog title={t("settings")} onClose={close} class="is-tall">
      <div class="settings" tabIndex={0} role="group" aria-label={t("settings")}>
        {role.value === "admin" ? <SiteForm site={site} key={JSON.stringify(site)} /> : <Facts site={site} />}
        <h3>{t("snippet")}</h3>
        <CopyLine text={snippet()} label={t("snippet")} />
        <p class="note" role="status">
          {isHeard ? `✓ ${t("last5")}: ${now!.live_users}` : t("waiting")}
        </p>
        {role.value === "admin" && (
          <Secrets
            path="/api/tokens"
            list="tokens"
            title={t("tokens")}
            body={(name) => ({ name, role: "viewer", sites: [site.id] })}
            wrap={(secret) => secret}
          />
        )}
        {role.value === "admin" && <SiteUsage site={site.id} />}
      </div>
    </Dialog>
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
