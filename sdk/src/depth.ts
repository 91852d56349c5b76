/**
 * How far down the page the visitor got. Pixels are remembered and the percentage is taken when
 * asked, because pages grow. Nothing is measured before the first scroll or report: an early
 * look at the layout costs about 1 ms.
 */
let scroller: Element | null = null;
let bottom = 0;

/** The greatest depth of this pageview in percent, at most 100; a page that fits is 100. */
export const depth = (): number => {
  const { scrollTop, clientHeight, scrollHeight } = (CORE ? document.scrollingElement : (scroller ??= document.scrollingElement))!;
  bottom = Math.max(bottom, scrollTop + clientHeight);
  return Math.min(100, ((bottom / scrollHeight) * 100) | 0);
};

/** Whether a scroll of `target` moved the page, or a box that fills at least half of it. */
export const isPageScroll = (target: Element & { scrollingElement?: Element }): boolean => {
  if (CORE) return !!target.scrollingElement;
  const box = target.scrollingElement ?? target;
  if (box.clientWidth * box.clientHeight * 2 < innerWidth * innerHeight) return false;
  scroller = box;
  return true;
};

export const resetDepth = (): void => {
  bottom = 0;
};
