/**
 * How far down the page the visitor got. Pixels are remembered and the percentage is taken when
 * asked, because pages grow. Nothing is measured before the first scroll or report: an early
 * look at the layout costs about 1 ms.
 */
let scroller: Element | null = null;
let bottom = 0;

/** The greatest depth of this pageview in percent, at most 100; a page that fits is 100. */
export const depth = (): number => {
  const box = scroller ?? document.scrollingElement ?? document.documentElement;
  bottom = Math.max(bottom, box.scrollTop + box.clientHeight);
  return Math.min(100, Math.round((bottom / box.scrollHeight) * 100)) || 0;
};

/** Whether a scroll of `target` moved the page, or a box that fills at least half of it. */
export const isPageScroll = (target: EventTarget | null): boolean => {
  const box = target == document ? document.scrollingElement : (target as Element);
  if (!box || box.clientWidth * box.clientHeight * 2 < innerWidth * innerHeight) return false;
  if (box != scroller) bottom = 0;
  scroller = box;
  return true;
};

export const resetDepth = (): void => {
  bottom = 0;
};
