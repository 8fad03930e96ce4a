/**
 * Which part of a long conversation stands in the document. A browser lays out some hundred messages without anybody
 * noticing and some thousand not; so a stretch of at most MOST entries is drawn, and moves as one scrolls.
 *
 * A stretch is named by the keys of its first and last entry, so that it stays where it is while entries are added
 * before and behind it. An empty key means: no entry is fixed, the stretch ends with the conversation.
 * @typedef {{first: string, last: string}} Stretch
 */

export const TAIL = 80;
export const STEP = 60;
export const MOST = 260;

/** The end of the conversation, whatever comes. @type {Stretch} */
export const END = { first: '', last: '' };

/**
 * The places [from, to) of the entries that are drawn.
 * @param {Array<{key: string}>} entries
 * @param {Stretch} stretch
 */
export function drawn(entries, { first, last }) {
  const start = first ? entries.findIndex((one) => one.key === first) : -1;
  let end = last ? entries.findIndex((one) => one.key === last) + 1 : entries.length;
  if (end === 0) end = entries.length;
  return { from: start >= 0 && start < end ? start : Math.max(0, end - TAIL), to: end };
}

/** The stretch for these places; one that reaches the end stays open there. */
function between(entries, from, to) {
  return { first: entries[from]?.key ?? '', last: to < entries.length ? entries[to - 1].key : '' };
}

/** Fix the first entry, so that nothing moves while one reads. */
export function held(entries, stretch) {
  const { from, to } = drawn(entries, stretch);
  return between(entries, from, to);
}

/** Some entries earlier; those that are too many are let go at the end. */
export function earlier(entries, stretch) {
  const { from, to } = drawn(entries, stretch);
  const start = Math.max(0, from - STEP);
  return between(entries, start, Math.min(to, start + MOST));
}

/** Some entries later; those that are too many are let go at the beginning. */
export function later(entries, stretch) {
  const { from, to } = drawn(entries, stretch);
  const end = Math.min(entries.length, to + STEP);
  return between(entries, Math.max(from, end - MOST), end);
}

/** The stretch with this entry in its middle. */
export function around(entries, key) {
  const place = entries.findIndex((one) => one.key === key);
  if (place < 0) return END;
  return between(entries, Math.max(0, place - TAIL), Math.min(entries.length, place + TAIL));
}
