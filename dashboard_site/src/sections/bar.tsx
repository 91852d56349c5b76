// The first line of the page, where am I: which site, which page, who is there now.
import { live, loadSites, sites, zone } from "../state/answers.ts";
import { VIEW_NAMES, VIEWS, writeAddress, type ViewName } from "../state/address.ts";
import { loadPage, parts } from "../state/lazy.ts";
import { sharedSecret } from "../browser/memory.ts";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { dialog, go, openSite, pageView, view } from "../state/view.ts";
import { clock, short } from "../text/format.ts";
import { t } from "../text/words.ts";

/** The pages that the line offers; the menu has the rest. */
const OFFERED: (ViewName | "")[] = ["", ...VIEW_NAMES.filter((name) => VIEWS[name].isOffered)];

const siteName = (id: string): string => sites.value.find((site) => site.id === id)?.name || id;

export function Bar() {
  return (
    <header class="bar">
      <div class="bar-inner">
        <SiteSwitch />
        <nav class="views" aria-label={t("nav")}>
          {OFFERED.map((name) => (
            <PageLink name={name} key={name} />
          ))}
        </nav>
        <div class="bar-tools">
          <LiveCount />
          <button
            type="button"
            class="icon-button"
            aria-label={t("shareView")}
            onClick={() => (dialog.value = "share")}
          >
            <Icon name="share" />
          </button>
          <Menu label={t("menu")} class="icon-button" groups={() => parts.value!.mainMenu()}>
            <Icon name="menu" />
          </Menu>
        </div>
      </div>
    </header>
  );
}

/** A real address, so that it opens in another tab too; its page comes ahead of the press. */
function PageLink({ name }: { name: ViewName | "" }) {
  const expect = (): void => void (name && loadPage(name).catch(() => {})); // asked again when it is opened
  return (
    <a
      href={writeAddress(pageView(name))}
      aria-current={view.value.view === name ? "page" : undefined}
      onPointerEnter={expect}
      onFocus={expect}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(pageView(name));
      }}
    >
      {t(name ? `${name}Page` : "overviewPage")}
    </a>
  );
}

function SiteSwitch() {
  const { site } = view.value;
  const known = sites.value.length ? sites.value : [{ id: site }];
  return (
    <div class="site" onPointerEnter={refreshSites} onFocusIn={refreshSites}>
      <span class="logo">
        <Icon name="logo" />
      </span>
      <Menu
        label={`${t("switchSite")}: ${siteName(site)}`}
        class="site-button"
        groups={() => [
          known.map((one) => ({ text: siteName(one.id), isChecked: one.id === site, act: () => openSite(one.id) })),
        ]}
      >
        <bdi class="site-name">{siteName(site)}</bdi>
        <Icon name="chevron" />
      </Menu>
    </div>
  );
}

/** The dot and number that stay in sight at the top. */
function LiveCount() {
  const { value, error, at } = live.answer.value;
  return (
    <a
      class={`live ${error ? "is-broken" : ""}`}
      href="#now-title"
      title={error ? t("reconnecting", clock(at, zone())) : undefined}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById("now-title")?.scrollIntoView({ block: "center" });
      }}
    >
      <i class="dot" />
      <b>{value ? short(value.live_users) : "–"}</b> <span>{t("online")}</span>
    </a>
  );
}

let isAsked = false;

/** The list of sites is asked for when somebody is about to look at it, not on every visit. */
function refreshSites(): void {
  if (isAsked || sharedSecret()) return;
  isAsked = true;
  loadSites().catch(() => (isAsked = false));
}
