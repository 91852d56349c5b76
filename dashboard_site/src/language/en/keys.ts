// What each key does.
export const keys: [string[], string][] = [
  [["1", "2", "3", "4"], "24 hours, 7 days, 30 days, all time"],
  [["5"], "Choose days in the calendar"],
  [["←", "→"], "Previous and next period"],
  [["C"], "Compare with the previous period"],
  [["R"], "Go to right now"],
  [["/"], "Filter"],
  [["P"], "Choose the period"],
  [["G", "O"], "Overview; G E events, G Q health, G , settings"],
  [["Alt", "click"], "Exclude instead of select"],
  [["D"], "Dark or light"],
  [["S"], "Share"],
  [["E"], "Export everything"],
  [["Esc"], "Clear the filters, close"],
  [["?"], "This help"],
];
