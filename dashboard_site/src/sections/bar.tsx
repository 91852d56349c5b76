// The bar that stays in sight: which site, who is there now, which period.
import { RANGES } from "../state/address.ts";
import { loadSites, sites } from "../state/answers.ts";
import { parts } from "../state/lazy.ts";
import { sharedSecret } from "../browser/memory.ts";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { rove } from "../ui/roving.ts";
import { dialog, go, openSite, view } from "../state/view.ts";
import { t, type Word } from "../text/words.ts";
import { LiveCount } from "./now.tsx";

const siteName = (id: string): string => sites.value.find((site) => site.id === id)?.name || id;

export function Bar() {
  return (
    <header class="bar">
      <div class="bar-inner">
        <SiteSwitch />
        <LiveCount />
        <div class="bar-tools">
          <CompareSwitch />
          <Ranges />
          <Menu label={t("menu")} class="icon-button" groups={() => parts.value!.mainMenu()}>
            <Icon name="menu" />
          </Menu>
        </div>
      </div>
    </header>
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

let isAsked = false;

/** The list of sites is asked for when somebody is about to look at it, not on every visit. */
function refreshSites(): void {
  if (isAsked || sharedSecret()) return;
  isAsked = true;
  loadSites().catch(() => (isAsked = false));
}

function CompareSwitch() {
  const { compare } = view.value;
  return (
    <button type="button" class="compare" aria-pressed={compare} onClick={() => go({ compare: !compare })}>
      <Icon name="compare" /> <span>{t("compare")}</span>
    </button>
  );
}

function Ranges() {
  const { range } = view.value;
  const isCustom = !RANGES.includes(range);
  return (
    <div class="segments ranges" role="radiogroup" aria-label={t("range")} onKeyDown={(event) => rove(event, false)}>
      {RANGES.map((one) => (
        <button
          type="button"
          role="radio"
          key={one}
          aria-checked={one === range}
          tabIndex={one === range ? 0 : -1}
          aria-label={t(`${one}Long` as Word)}
          onClick={() => go({ range: one })}
        >
          {t(one as Word)}
        </button>
      ))}
      <button
        type="button"
        role="radio"
        aria-checked={isCustom}
        tabIndex={isCustom ? 0 : -1}
        aria-haspopup="dialog"
        onClick={() => (dialog.value = "calendar")}
      >
        {t("custom")}
      </button>
    </div>
  );
}
