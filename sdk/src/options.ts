/** What a site decides: the tag's `data-` attributes, or the argument of `init`. */

/** A switch as an attribute says it (`data-hash`, `data-hash="on"`, `"off"`) or as code does. */
export type Switch = "on" | "off" | "" | boolean;

export interface Options {
  /** Site id. Absent: the collector finds the site from the page's hostname. */
  site?: string;
  /** Collector's address, relative to the script (tag) or the page (package). Default `/api/e`. */
  api?: string;
  /**
   * `persistent` (default): visitor and session ids in the browser's storage.
   * `storage-free`: nothing is stored and no ids are sent; the collector estimates sessions.
   * `consent`: nothing is stored or sent until `optIn()`, which is remembered.
   */
  mode?: "persistent" | "storage-free" | "consent";
  /** Routes live in the URL's fragment (`#/pricing`). Default off: fragments are dropped. */
  hash?: Switch;
  /** Paths never reported, comma separated, `*` stands for anything: `/admin*,/preview/*`. */
  exclude?: string;
  /** Query parameters that tell pages apart and are kept, comma separated: `id,page`. */
  query?: string;
  /** Clicks on links that leave the site. Default on. */
  outbound?: Switch;
  /** Obey the legacy Do Not Track signal too. Default off; Global Privacy Control always counts. */
  dnt?: Switch;
}

export const options: Options = {};

/** Whether an option is on; `byDefault` where the site says nothing. */
export const isOn = (name: "hash" | "outbound" | "dnt", byDefault: boolean): boolean =>
  !/off|false/.test(`${options[name] ?? byDefault}`);
