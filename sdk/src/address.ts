/** Addresses as they may leave the browser. */
import { isOn, options } from "./options";

/** What campaign tagging and ad networks put into links; all other parameters stay private. */
const CAMPAIGN =
  "utm_\\w+|gclid|gbraid|wbraid|dclid|fbclid|msclkid|ttclid|twclid|li_fat_id|yclid|ref|source";

const parameters = (names: string): RegExp =>
  RegExp(`^(${names}|${(options.query ?? "").replace(/\s*,\s*/g, "|")})$`);

/** Mail addresses in paths and values, also with the @ escaped. */
const EMAIL = /[^/?&=:#]+(@|%40)[^/?&=#]+\.\w+/g;

const only = (address: string, kept: RegExp): string => {
  const url = new URL(address, document.baseURI);
  for (const name of [...url.searchParams.keys()]) {
    if (!kept.test(name)) url.searchParams.delete(name);
  }
  if (!isOn("hash", false)) url.hash = "";
  url.username = url.password = "";
  return url.href.replace(EMAIL, "(email)");
};

/** `address` with nothing but path, campaign parameters and those the site asks for. */
export const clean = (address: string): string => address && only(address, parameters(CAMPAIGN));

/** What makes the current page this page: a change of it is a new pageview. */
export const pageKey = (): string => only(location.href, parameters(""));

/** Whether the site leaves the current path out (`data-exclude`). */
export const isExcluded = (): boolean =>
  RegExp(
    `^(${(options.exclude ?? "-")
      .replace(/[^\w,/ -]/g, (sign) => (sign == "*" ? ".*" : "\\" + sign))
      .replace(/\s*,\s*/g, "|")})$`,
  ).test(location.pathname);
