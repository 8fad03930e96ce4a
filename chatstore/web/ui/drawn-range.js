/**
 * The part of a long buffer that is in the document. A browser lays out some hundred messages quickly, some thousand
 * slowly; so only a range of blocks (blocks.js) is drawn, and it moves with the scroll position.
 *
 * A range is given by the keys of an entry in its first and one in its last block, so it stays in place while entries
 * are added before and after it. An empty key fixes no entry: the range ends with the buffer.
 *
 * Moving the range terminates: an edge grows only while it is near the visible part, and the other edge is cut only
 * where it is twice as far away. So a cut never makes an edge near. Without scrolling in between, each step brings an
 * edge nearer to its end of the buffer, and no step is undone. This holds for rows of any height, even zero.
 * @typedef {{first: string, last: string}} Range
 * @typedef {import('./blocks.js').Blocks} Blocks
 */

/** In blocks: drawn at first, added at a time, and above which a far edge is cut. */
export const TAIL = 80;
export const STEP = 60;
export const MAX_DRAWN = 260;
/** In px from the visible part: within AHEAD an edge grows, beyond FAR it may be cut. */
export const AHEAD = 900;
export const FAR = 2 * AHEAD;

/** The end of the buffer, as it grows. @type {Range} */
export const END = { first: '', last: '' };

/**
 * The indexes [from, to) of the blocks to draw.
 * @param {Blocks} blocks
 * @param {Range} range
 */
export function drawnBlocks(blocks, { first, last }) {
  const start = first ? blocks.place(first) : -1;
  const end = (last && blocks.place(last) + 1) || blocks.length;
  return { from: start >= 0 && start < end ? start : Math.max(0, end - TAIL), to: end };
}

/** The range for these indexes; one that reaches the end stays open there. */
function between(blocks, from, to) {
  return { first: blocks.list[from]?.key ?? '', last: to < blocks.length ? blocks.list[to - 1].key : '' };
}

/** The range with its first block fixed, so that nothing moves while the person reads. */
export function pinned(blocks, range) {
  const { from, to } = drawnBlocks(blocks, range);
  return between(blocks, from, to);
}

/**
 * The next range; null when this one need not move.
 * @param {Blocks} blocks
 * @param {Range} range
 * @param {{above: number, below: number, farAbove: number, farBelow: number}} sight px drawn above and below the
 *   visible part, and how many drawn blocks are more than FAR px above and below it
 */
export function nextRange(blocks, range, { above, below, farAbove, farBelow }) {
  const { from, to } = drawnBlocks(blocks, range);
  const up = above < AHEAD && from > 0;
  const down = below < AHEAD && to < blocks.length;
  if (!up && !down) return null;
  let start = up ? Math.max(0, from - STEP) : from;
  let end = down ? Math.min(blocks.length, to + STEP) : to;
  const tooMany = Math.max(0, end - start - MAX_DRAWN);
  if (!down) end -= Math.min(tooMany, farBelow);
  if (!up) start += Math.min(tooMany, farAbove);
  return between(blocks, start, end);
}

/** A range with this entry in its middle. */
export function rangeAround(blocks, key) {
  const place = blocks.place(key);
  if (place < 0) return END;
  return between(blocks, Math.max(0, place - TAIL), Math.min(blocks.length, place + TAIL));
}
