/** Add-on: what visitors look for on the site, read from the parameters that the tag names. */
import { followAddress, report } from "./page";

const LONGEST_TERM = 100;

/** Names of parameters, the first that has a value counts. Modules have no currentScript and stay off. */
const names = (document.currentScript?.dataset.params ?? "").split(",").filter(Boolean);

/**
 * The term without mail addresses (words as `clean` in address.ts takes for one) and without 7 or
 * more digits that only spaces, dots and dashes part. Cut last: half an address looks like none.
 */
const cleanTerm = (typed: string): string => {
  const words = typed.toLowerCase().normalize("NFC").replace(/\s+/g, " ").trim();
  const masked = words
    .replace(/[^\s/?&=:#]+/g, (word) => (/.(%40|@)/.test(word) && /\./.test(word) ? "***" : word))
    .replace(/\p{Nd}(?:[ .\u2010-\u2015-]*\p{Nd}){6,}/gu, "***");
  return Array.from(masked).slice(0, LONGEST_TERM).join("").trim();
};

/** The term last seen on this page. */
let known = "";

if (names[0]) {
  followAddress((isNewPage) => {
    const parameters = new URLSearchParams(location.search);
    const term = names.map((name) => cleanTerm(parameters.get(name.trim()) ?? "")).find(Boolean) ?? "";
    if (term && (isNewPage || term != known)) report("site_search", { term });
    known = term;
  });
}
