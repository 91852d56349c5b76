// The line that a site's pages need.
import { view } from "../state/view.ts";

export const snippet = (): string =>
  `<script defer src="${location.origin}/sdk.js" data-site="${encodeURIComponent(view.value.site)}"></script>`;
