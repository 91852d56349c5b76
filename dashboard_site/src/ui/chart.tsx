// Where a chart stands on the page. The drawing code arrives lazily; a chart out of sight lets those in sight go first.
import { useEffect, useRef } from "preact/hooks";
import { isNarrow, palette } from "../browser/appearance.ts";
import type { DataOf, Kind, Mounted, Pick } from "../charts/draw.ts";
import { exact, short } from "../text/format.ts";

interface Props<K extends Kind> {
  kind: K;
  data: DataOf<K>;
  /** One sentence that says what the picture says. */
  label: string;
  class?: string;
  onPick?: (pick: Pick) => void;
  /** Called with the first and last bucket of a click or a drag. */
  onSpan?: (first: number, last: number) => void;
}

const NEAR = "80px";
/** Drawn with the others they would add 75 to 331 ms of main-thread CPU at load, 55 to 117 at a range switch. */
const OUT_OF_SIGHT_MS = 1000;

export function Chart<K extends Kind>(props: Props<K>) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const redraw = useRef(() => {});
  latest.current = props;

  useEffect(() => {
    const element = place.current!;
    let mounted: Mounted | null = null;
    let isNear = false;
    let isGone = false;
    let waiting = 0;
    const draw = (): void => {
      if (isNear) return show();
      clearTimeout(waiting);
      waiting = setTimeout(show, OUT_OF_SIGHT_MS);
    };
    const show = (): void => {
      clearTimeout(waiting);
      waiting = 0;
      if (!mounted) return void appear();
      if (!element.clientWidth) return;
      const { kind, data } = latest.current;
      mounted.show(kind, data, {
        palette: palette.value,
        width: element.clientWidth,
        height: element.clientHeight,
        isNarrow: isNarrow.value,
        short,
        exact,
      });
    };
    const appear = async (): Promise<void> => {
      const drawing = await import("../charts/draw.ts").catch(() => null); // no connection: tried again with the next data
      if (!drawing || isGone || mounted) return;
      const { onSpan } = latest.current;
      mounted = drawing.mount(
        element.firstElementChild as HTMLElement,
        (pick) => latest.current.onPick?.(pick),
        onSpan && ((...ends) => latest.current.onSpan?.(...ends)),
      );
      show();
    };
    const sight = new IntersectionObserver(
      ([entry]) => {
        isNear = entry!.isIntersecting;
        if (isNear && (waiting || !mounted)) draw();
      },
      { rootMargin: NEAR },
    );
    let size = "";
    const resize = new ResizeObserver(() => {
      const now = `${element.clientWidth}x${element.clientHeight}`;
      if (size && size !== now) draw();
      size = now;
    });
    redraw.current = draw;
    sight.observe(element);
    resize.observe(element);
    addEventListener("beforeprint", show);
    return () => {
      isGone = true;
      clearTimeout(waiting);
      sight.disconnect();
      resize.disconnect();
      removeEventListener("beforeprint", show);
      mounted?.remove();
    };
  }, []);

  // Most renders bring equal data (a loading mark, another card's tab). Drawing only what differs took
  // 86 of 285 ms of main-thread CPU off a range switch (`make bench-dashboard`).
  useEffect(() => redraw.current(), [JSON.stringify(props.data), palette.value, isNarrow.value]);

  return (
    <div ref={place} class={`chart ${props.class ?? ""}`} role="img" aria-label={props.label}>
      <div class="canvas" />
    </div>
  );
}
