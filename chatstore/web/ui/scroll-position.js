/**
 * Keeping the place in a list that grows at both ends: the first row in sight stays where it is, or the end does.
 * Browsers do some of this by themselves, not all of them and not while rows are taken away; so it is done here.
 */

/** Closer to the end than this, in px, is at the end. */
const NEAR = 48;

export function isAtEnd(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
}

/** The rows that stand for blocks (blocks.js), in order: all but headings and the unread line. */
function rowsIn(box) {
  return box.querySelectorAll('[data-key]:not(.day, .unread-line)');
}

/** How many of the rows, from the first on, fulfil a test that all up to some row fulfil. */
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

/** The first row that is in sight, and how far below the box's edge it begins: {key, top}; null for an empty box. */
export function positionIn(box) {
  const edge = box.getBoundingClientRect().top;
  const rows = rowsIn(box);
  const row = rows[countOf(rows, ({ bottom }) => bottom <= edge)];
  return row ? { key: row.dataset.key, top: row.getBoundingClientRect().top - edge } : null;
}

/** What stands above and below what is in sight, in px; and how many rows are farther from it than `far` px. */
export function distancesIn(box, far) {
  const { top, bottom } = box.getBoundingClientRect();
  const rows = rowsIn(box);
  return {
    above: box.scrollTop, below: box.scrollHeight - box.scrollTop - box.clientHeight,
    farAbove: countOf(rows, (row) => row.bottom < top - far),
    farBelow: rows.length - countOf(rows, (row) => row.top <= bottom + far),
  };
}

/** Scroll so that the row of that place is there again. Whether it is still in the document. */
export function restore(box, place) {
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

/** Remember for a reload of this tab where in a buffer one is; null: at its end. */
export function savePosition(name, place) {
  try {
    if (place) sessionStorage.setItem(KEPT, JSON.stringify({ name, ...place }));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // A browser that keeps nothing: it begins at the end.
  }
}

/** The place that was remembered for this buffer, once; null without one. */
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
