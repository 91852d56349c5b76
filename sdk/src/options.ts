/** What a site decides: the tag's `data-` attributes, or the argument of `init`. */

/** Like any attribute that is true by being there: `data-hash`. */
export type Flag = "" | true;

export interface Options {
  /** Site id. Absent: the collector finds the site from the page's hostname. */
  site?: string;
  /** Collector's address. The tag's is relative to the script, by default `/api/e`; the package's to the page, no default. */
  api?: string | URL;
  /**
   * `persistent` (default): visitor and session ids in the browser's storage.
   * `storage-free`: nothing is stored and no ids are sent; the collector estimates sessions.
   * `consent`: nothing is stored or sent until `optIn()`, which is remembered.
   */
  mode?: "persistent" | "storage-free" | "consent";
  /** Routes live in the URL's fragment (`#/pricing`). Default off: fragments are dropped. */
  hash?: Flag;
  /** Paths never reported, comma separated, `*` stands for anything: `/admin*,/preview/*`. */
  exclude?: string;
  /** Clicks on links that leave the site. Default on. */
  outbound?: "on" | "off";
  /** Obey the legacy Do Not Track signal too. Default off; Global Privacy Control always counts. */
  dnt?: Flag;
}

export const options: Options = {};
