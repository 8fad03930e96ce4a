/**
 * Keeps the scroll position in a list that grows at both ends: the first visible row stays in place, or the end does.
 * Scroll anchoring does not do it in all browsers, nor while rows are removed.
 */

/** px from the end that still count as the end. */
const NEAR = 48;

export function isAtEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
}

/** The rows of blocks (blocks.js), in order: all but headings and the unread line. */
function rowsIn(box) {
  return box.querySelectorAll('[data-key]:not(.day, .unread-line)');
}

/** How many rows pass a test that holds for all rows up to some point and for none after it. Bisects. */
function countOf(rows, test) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(rows[middle].getBoundingClientRect())) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first visible row and its distance from the box's top: {key, top}; null for an empty box. */
export function positionIn(box) {
  const edge = box.getBoundingClientRect().top;
  const rows = rowsIn(box);
  const row = rows[countOf(rows, ({ bottom }) => bottom <= edge)];
  return row ? { key: row.dataset.key, top: row.getBoundingClientRect().top - edge } : null;
}

/** The px above and below the visible part, and how many rows are more than `far` px away from it. */
export function distancesIn(box, far) {
  const { top, bottom } = box.getBoundingClientRect();
  const rows = rowsIn(box);
  return {
    above: box.scrollTop, below: box.scrollHeight - box.scrollTop - box.clientHeight,
    farAbove: countOf(rows, (row) => row.bottom < top - far),
    farBelow: rows.length - countOf(rows, (row) => row.top <= bottom + far),
  };
}

/** Scroll a row back to its position. Returns whether it is still in the document. */
export function restorePosition(box, place) {
  const row = place && rowOf(box, place.key);
  if (!row) return false;
  const top = row.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (Math.abs(top - place.top) >= 1) box.scrollTop += top - place.top;
  return true;
}

export function rowOf(box, key) {
  return box.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

const KEPT = 'chatstore.place';

/** Save the position in a buffer for a reload of this tab; null: at the end. */
export function savePosition(name, place) {
  try {
    if (place) sessionStorage.setItem(KEPT, JSON.stringify({ name, ...place }));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Storage is blocked: the buffer opens at its end.
  }
}

/** Take the saved position of this buffer; null without one. */
export function savedPosition(name) {
  try {
    const place = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    if (place?.name !== name) return null;
    sessionStorage.removeItem(KEPT);
    return { key: place.key, top: place.top };
  } catch {
    return null;
  }
}
