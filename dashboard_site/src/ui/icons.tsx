// Line icons of 16 px, drawn with the colour of the text around them.
const PATHS = {
  logo: "M3 10.5 6.2 7l2.6 2.4L13 5",
  chevron: "M4.5 6.5 8 10l3.5-3.5",
  compare: "M2.5 8 5.5 5l2.5 2 5-4.5M2.5 13h1.5M6 11.8l1.5-1M9.3 10.6l1.6.6M12.6 9.6l.9-.8",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
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
