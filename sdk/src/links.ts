/** What a click on a link says. Nothing here prevents or delays the click. */
import { clean } from "./address";
import { isOn } from "./options";
import type { Data } from "./wire";

const FILE = /\.(pdf|zip|gz|rar|7z|dmg|exe|msi|pkg|apk|csv|txt|xlsx?|docx?|pptx?|mp[34]|mov|avi|epub)$/i;

/**
 * The link that `event` opens. The composed path sees through open shadow roots and out of
 * text and pictures inside the link; an SVG link's `href` is an object.
 */
const linkOf = (event: Event): URL | undefined => {
  for (const node of event.composedPath() as (HTMLAnchorElement & SVGAElement)[]) {
    if (/^(a|area)$/.test(node.localName) && node.href) {
      return new URL(node.href.baseVal ?? node.href, document.baseURI);
    }
  }
  return undefined;
};

const host = (address: { hostname: string }): string => address.hostname.replace(/^www\./, "");

/** Reports what a click opens. Button 1 opens a tab; 2 and above open no link. */
export const onClick = (event: Event, report: (type: string, data: Data) => void): void => {
  const link = (event as MouseEvent).button < 2 && linkOf(event);
  if (!link) return;
  const said = { link_url: clean(link.href), link_domain: link.hostname };
  const scheme = link.protocol.slice(0, -1);
  if (/^https?$/.test(scheme)) {
    if (isOn("outbound", true) && host(link) != host(location)) {
      report("click", { ...said, outbound: true });
    }
    if (!CORE && FILE.test(link.pathname)) report("file_download", said);
  } else if (!CORE && /^(mailto|tel)$/.test(scheme)) {
    report(scheme, said);
  }
};
