/**
 * From entries to rows: days get a heading, messages that follow one another from one person share a name, what came
 * and went is told in one paragraph, and a line stands before what is unread.
 */

import { isEvent } from './blocks.js';
import { dayOf } from './time-format.js';

/** Messages further apart than this, in ms, each say who speaks. */
const TOGETHER = 5 * 60_000;

/**
 * `kind`: 'day', 'unread', 'gap', 'events' or 'said'. `key`: tells rows of one buffer apart. `begins`: whether
 * the row names who speaks.
 * @typedef {import('../irc/entries.js').Entry} Entry
 * @typedef {{kind: string, key: string, time: number, entry?: Entry, entries?: Entry[], begins?: boolean}} Row
 */

/**
 * @param {import('./blocks.js').Block[]} blocks those that are drawn
 * @param {string} unread the key of the first unread entry, or ''
 * @param {Entry | undefined} before the entry before them, if there is one
 * @returns {Row[]} beside headings and the unread line, one for each block
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

/** By event: what somebody did who came or went. */
const CAME = new Set(['join']);
const WENT = new Set(['part', 'quit']);
/** So often may one person come or go in a row before it is counted instead of told. */
const TOLD = 3;

/**
 * What a row of events says, a sentence each. Who came and went several times is told once, where they did so last.
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
