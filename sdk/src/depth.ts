/**
 * How far down the page the visitor got. Pixels are remembered and the percentage is taken when
 * asked, because pages grow. Nothing is measured before the first scroll or report: an early
 * look at the layout costs about 1 ms.
 */
let scroller: Element | null | undefined;
let bottom = 0;

/**
 * The greatest depth of this pageview in percent, at most 100; a page that fits is 100. What was
 * scrolled last is what is measured.
 */
export const depth = (scrolled?: Element): number => {
  scroller = scrolled ?? scroller ?? document.scrollingElement ?? document.body;
  bottom = Math.max(bottom, scroller!.scrollTop + scroller!.clientHeight);
  return Math.min(100, ((bottom / scroller!.scrollHeight) * 100) | 0);
};

export const resetDepth = (): void => {
  bottom = 0;
};
