/** Addresses as they may leave the browser. */
import { options } from "./options";

/** Campaign tags and the ids that ad networks add to links; all other parameters stay private. */
const CAMPAIGN = /^(utm_|[^=]*cl(ic)?k?id|[gw]braid|gad_|li_fat)/;

/** Mail addresses in paths and values, also with the @ escaped. */
const EMAIL = /[^/?&=:#]+(@|%40)[^/?&=#]+\.\w+/g;

const hasRoutesInHash = (): boolean => !CORE && options.hash != null;

/** `address` with nothing but path and campaign parameters, and the route of hash mode. */
export const clean = (address: string): string => {
  if (!address) return "";
  const url = new URL(address);
  url.search = url.search.slice(1).split("&").filter((pair) => CAMPAIGN.test(pair)).join("&");
  if (!hasRoutesInHash()) url.hash = "";
  return CORE ? url.href : url.href.replace(EMAIL, "(email)");
};

/** What makes the current page this page: a change of it is a new pageview. */
export const pageKey = (): string => location.pathname + (hasRoutesInHash() ? location.hash : "");

/** Whether the site leaves the current path out; only `*` has a meaning of its own. */
export const isExcluded = (): boolean =>
  RegExp(
    `^(${options.exclude?.replace(/[^\w,/-]/g, "\\$&").replaceAll("\\*", ".*").replaceAll(",", "|")})$`,
  ).test(location.pathname);
