/** Addresses as they may leave the browser. */
import { options } from "./options";

/** Characters of an address, before anything is looked for in it; a `data:` link may have millions. */
const LONGEST = 2_048;

/**
 * `address` with nothing but its path, the route of hash mode, campaign tags and the ids that ad
 * networks add to links. All other parameters stay private, as do mail addresses in paths and
 * values, also with the @ escaped.
 */
export const clean = (address: string): string => {
  if (!address) return address;
  const url = new URL(address.slice(0, LONGEST));
  const pairs = url.search.slice(1).split("&");
  url.search = pairs.filter((pair) => /^(utm_|gad_|[^=]*(li_fat|braid|cl(ic)?k?id))/.test(pair)).join("&");
  if (CORE || options.hash == null) url.hash = "";
  return CORE
    ? url.href
    : url.href.replace(/[^/?&=:#]+/g, (part) => (/.(%40|@)/.test(part) && /\./.test(part) ? "(email)" : part));
};

/** What makes the current page this page: a change of it is a new pageview. */
export const pageKey = (): string => location.pathname + (CORE || options.hash == null ? "" : location.hash);

/**
 * Whether the site leaves the current path out; only `*` has a meaning of its own. What stands
 * between stars is looked for one after the other, the ends marked by signs that no path has.
 */
export const isExcluded = (): boolean | undefined =>
  options.exclude?.split(",").some((pattern) => {
    let at = 0;
    return `<${pattern}>`
      .split("*")
      .every((piece) => (at = `<${location.pathname}>`.indexOf(piece, at) + piece.length) >= piece.length);
  });
