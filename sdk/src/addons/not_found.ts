/** Add-on: a page that says of itself that there is no such page is an event. */
import { guard } from "../guard";
import { followAddress, report } from "./page";

/** Routers draw some frames after the address changes; the tracker waits as long for the title. */
const DRAWN_MS = 300;

let timer: number | undefined;

const look = (): void => {
  if (document.querySelector('meta[name="footfall"][content="not_found"]')) report("not_found");
};

followAddress((isNewPage) => {
  if (!isNewPage) return;
  clearTimeout(timer);
  timer = setTimeout(guard, DRAWN_MS, look);
});
