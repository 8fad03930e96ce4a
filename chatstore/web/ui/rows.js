/**
 * From entries to rows: days get a heading, messages that follow one another from one person share a name, what came
 * and went is told in one paragraph, and a line stands before what is unread.
 */

import { dayOf } from './clock.js';

/** Messages further apart than this, in ms, each say who speaks. */
const TOGETHER = 5 * 60_000;

/**
 * `kind`: 'day', 'unread', 'gap', 'events' or 'said'. `key`: tells rows of one conversation apart. `begins`: whether
 * the row names who speaks.
 * @typedef {{kind: string, key: string, time: number, entry?: import('../irc/entries.js').Entry,
 *   entries?: import('../irc/entries.js').Entry[], begins?: boolean}} Row
 */

/**
 * @param {import('../irc/entries.js').Entry[]} entries those that are drawn
 * @param {string} unread the key of the first unread one, or ''
 * @param {import('../irc/entries.js').Entry | undefined} before the one before them, if there is one
 * @returns {Row[]}
 */
export function rowsOf(entries, unread = '', before = undefined) {
  /** @type {Row[]} */
  const rows = [];
  let day = before ? dayOf(before.time) : '';
  let last = null;
  for (const entry of entries) {
    const its = dayOf(entry.time);
    if (its !== day) {
      rows.push({ kind: 'day', key: `day ${its} ${entry.key}`, time: entry.time });
      last = null;
    }
    day = its;
    if (entry.key === unread) {
      rows.push({ kind: 'unread', key: 'unread', time: entry.time });
      last = null;
    }
    if (entry.kind === 'gap') {
      rows.push({ kind: 'gap', key: entry.key, time: entry.time, entry });
      last = null;
    } else if (entry.kind === 'event' || entry.kind === 'info') {
      if (last?.kind === 'events') last.entries.push(entry);
      else rows.push((last = { kind: 'events', key: entry.key, time: entry.time, entries: [entry] }));
    } else {
      const begins = last?.kind !== 'said' || !continues(last.entry, entry);
      rows.push((last = { kind: 'said', key: entry.key, time: entry.time, entry, begins }));
    }
  }
  return rows;
}

function continues(before, entry) {
  return before.nick === entry.nick && before.kind === 'message' && entry.kind === 'message' && !entry.replyTo
    && before.audience === entry.audience && entry.time - before.time < TOGETHER;
}
