// Words of the page of settings.
export const settingsWords = {
  hostnames: "Hostnames",
  timeZone: "Time zone",
  tokens: "Tokens for readers",
  usage: "Usage this month",
  beacons: "Beacons received",
  writeUnits: "Write units",
  refused: "Refused requests",
  leftOut: "Sessions left out",
  leftOutNote:
    "Hours weighed more than this site's may: their heaviest sessions are not in the figures. Look for a flood, or give the site more (hour_megabytes): what is not older than 35 days comes back.",
  estimate: "Estimated cost",
  estimateNote:
    "What receiving these beacons costs (API Gateway, Lambda, DynamoDB writes) at AWS list prices of us-east-1, {0}. Reports, storage and CloudFront come on top; the bill decides.",
  save: "Save",
  saved: "Saved",
};
