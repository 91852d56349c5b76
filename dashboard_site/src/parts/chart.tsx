// Where a chart stands on the page. The drawing code arrives lazily; a chart out of sight waits until it comes near.
import { useEffect, useRef } from "preact/hooks";
import { isNarrow, palette } from "../appearance.ts";
import type { DataOf, Kind, Mounted, Pick } from "../charts/draw.ts";
import { exact, short } from "../format.ts";

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
    let isWaiting = false;
    const draw = (): void => {
      isWaiting = !isNear;
      if (isNear && !mounted) return void appear();
      if (!mounted || isWaiting || !element.clientWidth) return;
      const { kind, data } = latest.current;
      mounted.show(kind, data, {
        palette: palette.value, width: element.clientWidth, height: element.clientHeight, isNarrow: isNarrow.value,
        short, exact,
      });
    };
    const appear = async (): Promise<void> => {
      const drawing = await import("../charts/draw.ts").catch(() => null); // no connection: tried again with the next data
      if (!drawing || isGone || mounted) return;
      const { onSpan } = latest.current;
      mounted = drawing.mount(element.firstElementChild as HTMLElement, (pick) => latest.current.onPick?.(pick), onSpan && ((...ends) => latest.current.onSpan?.(...ends)));
      draw();
    };
    const sight = new IntersectionObserver(([entry]) => {
      isNear = entry!.isIntersecting;
      if (isNear && (isWaiting || !mounted)) draw();
    }, { rootMargin: NEAR });
    let size = "";
    const resize = new ResizeObserver(() => {
      const now = `${element.clientWidth}x${element.clientHeight}`;
      if (size && size !== now) draw();
      size = now;
    });
    const print = (): void => {
      isNear = true;
      draw();
    };
    redraw.current = draw;
    sight.observe(element);
    resize.observe(element);
    addEventListener("beforeprint", print);
    return () => {
      isGone = true;
      sight.disconnect();
      resize.disconnect();
      removeEventListener("beforeprint", print);
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
