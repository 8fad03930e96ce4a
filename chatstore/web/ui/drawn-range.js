/**
 * Which part of a long buffer stands in the document. A browser lays out some hundred messages without anybody
 * noticing and some thousand not; so a stretch of blocks (blocks.js) is drawn, and moves as one scrolls.
 *
 * A stretch is named by the keys of an entry in its first and in its last block, so that it stays where it is while
 * entries are added before and behind it. An empty key means: no entry is fixed, the stretch ends with the
 * buffer.
 *
 * Moving it ends: an edge grows only while it is near to what is in sight, and the other edge is cut only where it is
 * twice as far away. So a cut never makes an edge near, and of the steps without a scroll between them each brings an
 * edge nearer to its end of the buffer, and none is taken back. This holds for rows of any height, also of none.
 * @typedef {{first: string, last: string}} Stretch
 * @typedef {import('./blocks.js').Blocks} Blocks
 */

/** In blocks: what is drawn at first, what is added at a time, and above what a far edge is cut. */
export const TAIL = 80;
export const STEP = 60;
export const MAX_SHOWN = 260;
/** In px: this near to what is in sight an edge grows, and beyond this it may be cut. */
export const AHEAD = 900;
export const FAR = 2 * AHEAD;

/** The end of the buffer, whatever comes. @type {Stretch} */
export const END = { first: '', last: '' };

/**
 * The places [from, to) of the blocks that are drawn.
 * @param {Blocks} blocks
 * @param {Stretch} stretch
 */
export function drawn(blocks, { first, last }) {
  const start = first ? blocks.place(first) : -1;
  const end = (last && blocks.place(last) + 1) || blocks.length;
  return { from: start >= 0 && start < end ? start : Math.max(0, end - TAIL), to: end };
}

/** The stretch for these places; one that reaches the end stays open there. */
function between(blocks, from, to) {
  return { first: blocks.list[from]?.key ?? '', last: to < blocks.length ? blocks.list[to - 1].key : '' };
}

/** Fix the first block, so that nothing moves while one reads. */
export function held(blocks, stretch) {
  const { from, to } = drawn(blocks, stretch);
  return between(blocks, from, to);
}

/**
 * The next stretch; null when this one is right.
 * @param {Blocks} blocks
 * @param {Stretch} stretch
 * @param {{above: number, below: number, farAbove: number, farBelow: number}} sight px that are drawn above and below
 *   what is in sight; of the blocks drawn, how many are more than FAR above and below it
 */
export function moved(blocks, stretch, { above, below, farAbove, farBelow }) {
  const { from, to } = drawn(blocks, stretch);
  const up = above < AHEAD && from > 0;
  const down = below < AHEAD && to < blocks.length;
  if (!up && !down) return null;
  let start = up ? Math.max(0, from - STEP) : from;
  let end = down ? Math.min(blocks.length, to + STEP) : to;
  const tooMany = Math.max(0, end - start - MAX_SHOWN);
  if (!down) end -= Math.min(tooMany, farBelow);
  if (!up) start += Math.min(tooMany, farAbove);
  return between(blocks, start, end);
}

/** The stretch with this entry in its middle. */
export function around(blocks, key) {
  const place = blocks.place(key);
  if (place < 0) return END;
  return between(blocks, Math.max(0, place - TAIL), Math.min(blocks.length, place + TAIL));
}
