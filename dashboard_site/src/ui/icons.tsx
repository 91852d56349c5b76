// Line icons of 16 px, drawn with the colour of the text around them.
const PATHS = {
  logo: "M3 10.5 6.2 7l2.6 2.4L13 5",
  chevron: "M4.5 6.5 8 10l3.5-3.5",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  calendar: "M3 4h10v9.5H3zM3 7h10M5.5 2.5v3M10.5 2.5v3",
  share: "M8 10V2.5M5 5l3-3 3 3M3 9.5v4h10v-4",
  exclude: "M3.8 3.8l8.4 8.4M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6",
  close: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  left: "M9.5 4.5 6 8l3.5 3.5",
  right: "M6.5 4.5 10 8l-3.5 3.5",
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width={name === "more" ? 2 : 1.5}
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
