/** What a click on a link says. Nothing here prevents or delays the click. */
import { clean } from "./address";
import { options } from "./options";
import type { Data } from "./wire";

const FILE = /\.(pdf|zip|gz|dmg|exe|csv|(doc|xls|ppt)x?|mp[34])$/i;

/**
 * The link that `event` opens. The composed path sees through open shadow roots and out of
 * text and pictures inside the link; an SVG link's `href` is an object.
 */
const linkOf = (event: Event): URL | undefined => {
  for (const node of event.composedPath() as (HTMLAnchorElement & SVGAElement)[]) {
    if (/^a(rea)?$/.test(node.localName) && node.href) {
      return new URL(node.href.baseVal ?? node.href, document.baseURI);
    }
  }
  return undefined;
};

/** Reports what a click opens. Button 1 opens a tab; 2 and above open no link. */
export const onClick = (event: MouseEvent, report: (type: string, data: Data) => void): void => {
  const link = event.button < 2 && linkOf(event);
  if (!link) return;
  const { hostname, href } = link;
  const said = { link_url: clean(href), link_domain: hostname };
  if (hostname && hostname != location.hostname && (CORE || options.outbound != "off")) {
    report("click", { ...said, outbound: true });
  }
  if (!CORE && FILE.test(link.pathname)) report("file_download", said);
  if (!CORE && /^(mailto|tel)/.test(href)) report("contact", said);
};
