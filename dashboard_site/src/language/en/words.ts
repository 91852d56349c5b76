// Every word of the page in English. The Chinese file has the same keys; the compiler sees to it.
export const LANG: string = "en";

export const words = {
  users: "Users", sessions: "Sessions", pageviews: "Pageviews", bounce_rate: "Bounce rate",
  engagement_ms_per_session: "Engagement", views_per_session: "Views / session",
  views: "Views", engagement: "Engagement", scrolled: "Read to end", events: "Count", share: "%",
  from: "from {0}", isNew: "new", same: "no change", points: "{0} pt",
  now: "Right now", online: "online now", last5: "active in the last 5 minutes", perMinute: "Users per minute",
  peak: "max {0}", minutesAgo: "30 min ago", nowEnd: "now", noActive: "Nobody is on the site at this moment.",
  reconnecting: "reconnecting, last heard {0}", growth: "Growth", thisPeriod: "This period", previousPeriod: "Previous period",
  stillCounting: "Dotted: still counting", allThree: "All three", usersNote: "Users of the buckets do not add up to the total: one user may come back.",
  acquisition: "Acquisition", visitors: "New vs returning", isNewVisitor: "New", returning: "Returning", newShare: "new", pagesCard: "Pages", devices: "Devices and places",
  flow: "User flow", flowNote: "where sessions go after they land", landing: "Landing page", step: "Step {0}", exit: "Exit", other: "Other",
  channel: "Channel", source: "Source", referrer: "Referrer", campaign: "Campaign", page: "Page", entry_page: "Entry page", exit_page: "Exit page",
  outbound: "Outbound link", event: "Event", device: "Device", browser: "Browser", os: "System", screen: "Screen", country: "Country", language: "Language",
  channels: "Channels", sources: "Sources", referrers: "Referrers", campaigns: "Campaigns", pages: "Pages", entry_pages: "Entry", exit_pages: "Exit",
  outbounds: "Outbound", events_tab: "Events", browsers: "Browsers", oss: "Systems", screens: "Screens", countries: "Countries", languages: "Languages",
  is: "is", is_not: "is not", contains: "contains", not_contains: "does not contain", starts_with: "starts with", or: "or", clearAll: "Clear all", remove: "Remove filter",
  viewAll: "View all", more: "{0}: more",
  range: "Period", "24h": "24h", "7d": "7d", "30d": "30d", all: "All", custom: "Custom", "24hLong": "Last 24 hours", "7dLong": "Last 7 days", "30dLong": "Last 30 days", allLong: "All time",
  compare: "Compare", menu: "Menu", definitions: "Definitions",
  keys: "Keyboard shortcuts", site: "Site", switchSite: "Switch site",
  clearFilters: "Clear the filters", emptyList: "Nothing here in this period.",
  failed: "These numbers could not be read.", retry: "Retry",
  offline: "You are offline. The numbers are those of {0}.", updated: "updated {0}", loading: "Loading", skip: "Skip to the numbers",
  summaryTrend: "{0}: {1} in total, highest {2} at {3}.", summaryShare: "{0}: {1}.", zoom: "Show {0} alone",
};

/** Names of the API's machine values. */
export const ids: Record<string, string> = {
  "(none)": "Not known", "(direct)": "Direct", "(other)": "Other", "(exit)": "Exit", desktop: "Desktop", mobile: "Mobile", tablet: "Tablet", tv: "TV",
  console: "Console", other: "Other", Direct: "Direct", "Organic Search": "Organic search", "Organic Social": "Organic social",
  "Organic Video": "Organic video", "Organic Shopping": "Organic shopping", "Paid Search": "Paid search", "Paid Social": "Paid social",
  "Paid Video": "Paid video", "Paid Shopping": "Paid shopping", "Paid Other": "Paid other", Display: "Display", Email: "Email",
  Affiliates: "Affiliates", Referral: "Referral", Audio: "Audio", SMS: "SMS", "Mobile Push Notifications": "Push", "AI Assistants": "AI assistants",
  "AI Assistant": "AI assistants", "Cross-network": "Cross-network", Unassigned: "Unassigned",
};
