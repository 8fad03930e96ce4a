/** Who is in a room. */

import { nickOf } from './line.js';
import { fold } from './names.js';

/** Of the server's PREFIX, until it says: mode letters and what stands before a nick, the highest first. */
export const PREFIX = { modes: 'ov', prefixes: '@+' };

/**
 * `prefix`: all that they have, the highest first. `away`: the text, '' while they are there. `account`: '' without.
 * @typedef {{nick: string, prefix: string, away: string, account: string}} Member
 */

export class Members {
  /** By folded nick. @type {Map<string, Member>} */
  byNick = new Map();
  /** @type {Map<string, Member>} */
  #listing = new Map();

  get size() {
    return this.byNick.size;
  }

  /** @returns {Member | undefined} */
  of(nick) {
    return this.byNick.get(fold(nick));
  }

  /** Somebody is there. What is not said stays as it is known. */
  add(nick, known = {}) {
    this.#set(this.byNick, nick, known);
  }

  /** Somebody is there no more. Whether they were. */
  remove(nick) {
    return this.byNick.delete(fold(nick));
  }

  /** Something is known of somebody, who may not be here. Whether they are. */
  change(nick, known) {
    if (!this.byNick.has(fold(nick))) return false;
    this.#set(this.byNick, nick, known);
    return true;
  }

  /** Somebody who may not be here has another nick. Whether they are. */
  rename(nick, to) {
    const member = this.of(nick);
    if (member === undefined) return false;
    this.remove(nick);
    this.byNick.set(fold(to), { ...member, nick: to });
    return true;
  }

  /** Take one 353's worth of names, which may be whole masks; `here` changes when the listing ends. */
  list(text, { prefixes } = PREFIX) {
    for (const word of text.split(' ')) {
      let start = 0;
      while (prefixes.includes(word[start] ?? ' ')) start += 1;
      const nick = nickOf(word.slice(start));
      if (nick) this.#set(this.#listing, nick, { ...this.of(nick), prefix: word.slice(0, start) });
    }
  }

  endListing() {
    if (this.#listing.size > 0) this.byNick = this.#listing;
    this.#listing = new Map();
  }

  /**
   * MODE of a room: who has other prefixes now.
   * @param {string[]} params the letters and their parameters
   * @param {{prefix?: typeof PREFIX, lists?: string, always?: string, whenSet?: string}} modes of PREFIX and CHANMODES
   */
  setModes([letters = '', ...parameters], { prefix = PREFIX, lists = 'beI', always = 'k', whenSet = 'l' } = {}) {
    let adding = true;
    for (const letter of letters) {
      const place = prefix.modes.indexOf(letter);
      if (letter === '+' || letter === '-') adding = letter === '+';
      else if (place >= 0) this.#promote(parameters.shift(), prefix.prefixes, prefix.prefixes[place], adding);
      else if (lists.includes(letter) || always.includes(letter) || (adding && whenSet.includes(letter))) {
        parameters.shift();
      }
    }
  }

  clear() {
    this.byNick = new Map();
    this.#listing = new Map();
  }

  #promote(nick, order, sign, adding) {
    const member = nick === undefined ? undefined : this.of(nick);
    if (member === undefined) return;
    const had = new Set(member.prefix);
    if (adding) had.add(sign);
    else had.delete(sign);
    this.byNick.set(fold(nick), { ...member, prefix: [...order].filter((one) => had.has(one)).join('') });
  }

  #set(map, nick, known) {
    const before = map.get(fold(nick)) ?? { nick, prefix: '', away: '', account: '' };
    map.set(fold(nick), { ...before, ...known, nick });
  }
}
