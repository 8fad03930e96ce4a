/**
 * Makes rows of blocks: a heading for each day, one name for consecutive messages of a person, one paragraph for events,
 * and a line before the first unread message.
 */

import { isEvent } from './blocks.js';
import { dayOf } from './time-format.js';

/** ms: messages further apart each show their sender. */
const TOGETHER = 5 * 60_000;

/**
 * `kind`: 'day', 'unread', 'gap', 'events' or 'said'. `key`: unique in a buffer. `begins`: whether the row
 * shows its sender.
 * @typedef {import('../irc/entries.js').Entry} Entry
 * @typedef {{kind: string, key: string, time: number, entry?: Entry, entries?: Entry[], begins?: boolean}} Row
 */

/**
 * @param {import('./blocks.js').Block[]} blocks the drawn ones
 * @param {string} unread the key of the first unread entry, or ''
 * @param {Entry | undefined} before the entry before them, if any
 * @returns {Row[]} one for each block, plus headings and the unread line
 */
export function rowsOf(blocks, unread = '', before = undefined) {
  /** @type {Row[]} */
  const rows = [];
  let day = before ? dayOf(before.time) : '';
  let last = null;
  for (const { key, entries } of blocks) {
    const [entry] = entries;
    const its = dayOf(entry.time);
    if (its !== day) {
      rows.push({ kind: 'day', key: `day ${its} ${key}`, time: entry.time });
      last = null;
    }
    day = its;
    if (entry.key === unread) {
      rows.push({ kind: 'unread', key: 'unread', time: entry.time });
      last = null;
    }
    if (entry.kind === 'gap') rows.push({ kind: 'gap', key, time: entry.time, entry });
    else if (isEvent(entry)) rows.push({ kind: 'events', key, time: entry.time, entries });
    else rows.push({ kind: 'said', key, time: entry.time, entry, begins: last === null || !continues(last, entry) });
    last = entry.kind === 'gap' || isEvent(entry) ? null : entry;
  }
  return rows;
}

function continues(before, entry) {
  return before.nick === entry.nick && before.kind === 'message' && entry.kind === 'message' && !entry.replyTo
    && before.audience === entry.audience && entry.time - before.time < TOGETHER;
}

/** Events by which people come and go. */
const CAME = new Set(['join']);
const WENT = new Set(['part', 'quit']);
/** Moves of one person in a row from which on they are counted instead of listed. */
const TOLD = 3;

/**
 * The sentences of a row of events. A person who came and went several times gets one sentence, at their last move.
 * @param {Entry[]} entries
 * @returns {Array<{key: string, text: string}>}
 */
export function sentencesOf(entries) {
  /** @type {Map<string, Entry[]>} */
  const moves = new Map();
  for (const one of entries) {
    if (!CAME.has(one.event) && !WENT.has(one.event)) continue;
    if (moves.has(one.nick)) moves.get(one.nick).push(one);
    else moves.set(one.nick, [one]);
  }
  return entries.flatMap((one) => {
    const theirs = CAME.has(one.event) || WENT.has(one.event) ? moves.get(one.nick) : [];
    if (theirs.length < TOLD) return [{ key: one.key, text: one.text }];
    return one === theirs[theirs.length - 1] ? [{ key: one.key, text: counted(theirs) }] : [];
  });
}

function counted(moves) {
  const came = moves.filter(({ event }) => CAME.has(event)).length;
  const went = moves.length - came;
  const { nick } = moves[0];
  if (came === went) return `${nick} joined and left ${times(came)}`;
  return [nick, came && `joined ${times(came)}`, came && went && 'and', went && `left ${times(went)}`].filter(Boolean).join(' ');
}

const times = (count) => ({ 1: 'once', 2: 'twice' })[count] ?? `${count} times`;
