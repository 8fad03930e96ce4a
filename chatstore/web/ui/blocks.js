/**
 * Groups entries into blocks, each drawn as at least one row. All events between two messages of a day are one block.
 * How much to draw is counted in blocks, never in entries: a thousand joins in a row have the height of one.
 */

import { dayOf } from './time-format.js';

/** @typedef {import('../irc/entries.js').Entry} Entry */
/** `key`: of its first entry. @typedef {{key: string, entries: Entry[]}} Block */

export class Blocks {
  /** @type {Block[]} */
  list = [];
  /** The index of the block with an entry, by its key. @type {Map<string, number>} */
  #places = new Map();

  /** @param {Entry[]} entries */
  constructor(entries) {
    let day = '';
    let last = null;
    for (const entry of entries) {
      if (isEvent(entry)) {
        const its = dayOf(entry.time);
        if (last !== null && its === day) last.entries.push(entry);
        else this.list.push((last = { key: entry.key, entries: [entry] }));
        day = its;
      } else {
        this.list.push({ key: entry.key, entries: [entry] });
        last = null;
      }
      this.#places.set(entry.key, this.list.length - 1);
    }
  }

  get length() {
    return this.list.length;
  }

  /** The index of the block with this entry; -1 without one. */
  place(key) {
    return this.#places.get(key) ?? -1;
  }

  /** The key of the block with this entry; '' without one. */
  keyOf(key) {
    return this.list[this.place(key)]?.key ?? '';
  }

  /** The entries of the blocks in [from, to). */
  entries(from, to) {
    return this.list.slice(from, to).flatMap((one) => one.entries);
  }
}

/** Whether an entry is drawn in one row with its neighbours. */
export function isEvent({ kind }) {
  return kind === 'event' || kind === 'info';
}

/** @type {WeakMap<Entry[], Blocks>} */
const known = new WeakMap();

/** The blocks of these entries, which never change. @param {Entry[]} entries */
export function blocksOf(entries) {
  let blocks = known.get(entries);
  if (blocks === undefined) known.set(entries, (blocks = new Blocks(entries)));
  return blocks;
}
