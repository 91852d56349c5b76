/** What a click on a link says. Nothing here prevents or delays the click. */
import { clean } from "./address";
import { options } from "./options";
import type { Data } from "./wire";

/**
 * Reports what a click opens. Button 1 opens a tab; 2 and above open no link. The composed path
 * sees through open shadow roots and out of text and pictures inside the link; an SVG link's
 * `href` is an object.
 */
export const onClick = (event: MouseEvent, report: (type: string, data: Data) => void): void => {
  const path = event.composedPath() as (HTMLAnchorElement & SVGAElement)[];
  const opened = path.find((node) => /^a/.test(node.localName) && node.href)?.href;
  if (!opened || event.button > 1) return;
  const { hostname, href, pathname } = new URL(opened.baseVal ?? opened, document.baseURI);
  const said = { link_url: clean(href), link_domain: hostname };
  if (hostname && hostname != location.hostname && (CORE || options.outbound != "off")) {
    report("click", { ...said, outbound: true });
  }
  if (!CORE && /\.(pdf|exe|zip|csv|gz|(doc|xls|ppt)x?|dmg|mp[34])$/i.test(pathname)) {
    report("file_download", said);
  }
  if (!CORE && /^(tel|mailto)/.test(href)) report("contact", said);
};
