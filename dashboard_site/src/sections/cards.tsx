// The cards of the overview beside and below growth.
import { Acquisition } from "./acquisition.tsx";
import { Devices } from "./devices.tsx";
import { Flow } from "./flow.tsx";
import { Now } from "./now.tsx";
import { Pages } from "./pages.tsx";
import { Visitors } from "./visitors.tsx";

export const Cards = () => (
  <>
    <Now />
    <Acquisition />
    <Visitors />
    <Pages />
    <Devices />
    <Flow />
  </>
);
