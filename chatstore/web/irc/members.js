/** The members of a room. */

import { nickOf } from './line.js';
import { fold } from './names.js';

/** The default of ISUPPORT PREFIX: mode letters and their prefixes, highest first. */
export const PREFIX = { modes: 'ov', prefixes: '@+' };

/**
 * `prefix`: all their prefixes, highest first. `away`: the away message, '' while present. `account`: '' for a guest.
 * @typedef {{nick: string, prefix: string, away: string, account: string, bot: boolean}} Member
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

  /** Add a member, or update what is known of them. */
  add(nick, known = {}) {
    this.#set(this.byNick, nick, known);
  }

  /** Remove a member. Returns whether they were one. */
  remove(nick) {
    return this.byNick.delete(fold(nick));
  }

  /** Update a person if they are a member. Returns whether they are. */
  change(nick, known) {
    if (!this.byNick.has(fold(nick))) return false;
    this.#set(this.byNick, nick, known);
    return true;
  }

  /** Change a person's nick if they are a member. Returns whether they are. */
  rename(nick, to) {
    const member = this.of(nick);
    if (member === undefined) return false;
    this.remove(nick);
    this.byNick.set(fold(to), { ...member, nick: to });
    return true;
  }

  /** Take the names of one 353, which may be whole masks. They replace the members at endListing(). */
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
   * Apply a MODE of the room to the members' prefixes.
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
    const before = map.get(fold(nick)) ?? { nick, prefix: '', away: '', account: '', bot: false };
    map.set(fold(nick), { ...before, ...known, nick });
  }
}
