/** The package: the tracker of the tag for those who bundle their scripts. */
export { init, event, optIn, optOut } from "./tracker";
export type { Flag, Options } from "./options";
