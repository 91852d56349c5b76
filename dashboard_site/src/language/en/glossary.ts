// The definitions behind the numbers. Keys are the API's own names of metrics and dimensions.
export const glossary: Record<string, string> = {
  users:
    "Different visitors (browsers) with at least one event in the period. A visitor is counted once however often they come, so the users of single days do not add up to the total.",
  sessions:
    "Visits: the events of one visitor until 30 minutes pass without activity. A session counts in the hour or day of its first event, so sessions do add up.",
  pageviews: "Pages shown: loads, moves inside a single-page app, and returns by the back button.",
  bounce_rate:
    "Share of sessions that were not engaged. A session is engaged with 10 seconds or more in the foreground, two or more pageviews, or a custom event. Lower is better.",
  engagement_ms_per_session:
    "Time in which the page was in the foreground, focused and in use, divided by the number of sessions.",
  views_per_session: "Pageviews divided by sessions.",
  new: "Visitors with exactly one session in the period.",
  returning: "Visitors with more than one session in the period.",
  live_users:
    "Different visitors with an event in the last 5 minutes. The bars are the different visitors of each of the last 30 minutes; the last minute is still running.",
  previous:
    "The period just before. Of 7 and 30 days it is the same local days and times 7 or 30 days earlier, of 24 hours the 24 hours before. While a period is running, the previous one ends at the same time.",
  channel:
    "The kind of source a session came from, such as organic search, social or email: the common default channel groups, AI assistants included.",
  source:
    "Where a session came from: the campaign's utm_source, else the app it was opened in, else the referring site, else direct. Decided by the session's first event.",
  referrer: "The page that linked here: hostname and path of the session's first referrer.",
  campaign: "The utm_campaign of the session's entry.",
  medium: "The utm_medium of the session's entry, or what the source implies.",
  page: "A page by its path, without the query. Views are its pageviews; engagement is the time spent on it for each view; “read to end” is the share of views that scrolled past 90 %.",
  entry_page: "The page of a session's first pageview in the period.",
  exit_page: "The page of a session's last pageview in the period.",
  outbound: "Clicks on links that leave the site, by the link's address without its query.",
  event: "Events by name, built-in and custom ones, with how often they happened.",
  device: "Desktop, mobile, tablet, TV, console or other, from the browser's own description.",
  browser: "The browser or the app with a built-in browser.",
  os: "The operating system.",
  screen: "Width and height of the screen, in CSS pixels.",
  country: "The country the request came from; the address itself is not kept.",
  language: "The browser's first language.",
  campaign_id: "The `utm_id` a session came in with.",
  term: "The `utm_term` a session came in with.",
  content: "The `utm_content` a session came in with.",
  title: "Pages by their title. Views count how often a page of that title was shown.",
  hostname: "The host of the page on which a session began.",
  region: "The region within its country, by the network the request came from.",
  city: "The city within its region, by the network the request came from.",
  browser_version: "The browser with its major version.",
  os_version: "The operating system with its version.",
  attributed_by: "The rule and the evidence by which the source of a session was decided.",
  placed_by: "How the place was found: by the network, or estimated from time zone or language.",
  bot: "Why a session is left out of the figures as a bot's.",
  flow: "Step by step, the pages that sessions went through; the same page twice in a row is one step, “Other” gathers the smaller pages, “Exit” is leaving. What flows into a page flows out of it.",
  engaged_sessions: "Sessions with 10 seconds or more of engagement, two or more pageviews, or a custom event.",
  engagement_ms: "Time in which a page was in the foreground, had the focus and was not idle.",
  scrolled_90: "How often a view of a page reached 90 % of its length; shown as a share of its views.",
  count: "How often it happened.",
};

/** Names of entries that the page's words do not name. */
export const names: Record<string, string> = {
  new: "New",
  live_users: "Right now",
  previous: "Previous period",
  engaged_sessions: "Engaged sessions",
  engagement_ms: "Engagement time",
  engagement_ms_per_session: "Engagement time per session",
  scrolled_90: "Read to end",
  count: "Count",
};
