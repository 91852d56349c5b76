// The cards of the overview below the first screen.
import { Acquisition } from "./acquisition.tsx";
import { Devices } from "./devices.tsx";
import { Flow } from "./flow.tsx";
import { Pages } from "./pages.tsx";
import { Visitors } from "./visitors.tsx";

export const Below = () => (
  <>
    <Acquisition />
    <Visitors />
    <Pages />
    <Devices />
    <Flow />
  </>
);
