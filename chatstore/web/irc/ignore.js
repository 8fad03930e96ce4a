/**
 * Whom the account ignores, and from whom it takes direct messages, the same on all of its devices.
 * Spec: docs/extensions.md, chatstore/ignore.
 */

import { parseTags } from './line.js';
import { fold } from './names.js';

/** The capability of servers that keep it. */
export const IGNORE = 'chatstore/ignore';
/** From whom direct messages may be taken. */
export const DIRECT_FROM = ['everyone', 'known', 'nobody'];

/** @typedef {{nick: string, account: string}} Ignored */

export class Ignore {
  direct = 'everyone';
  /** By folded nick. @type {Map<string, Ignored>} */
  #people = new Map();
  /** Their nicks and accounts, folded. @type {Set<string>} */
  #names = new Set();

  /** Take a line. @param {import('./line.js').Line} line */
  heard({ params: [subcommand, name = '', words] }) {
    if (subcommand === 'LIST' && name === '*' && words !== undefined) {
      this.#people.clear(); // it begins the list
      this.direct = parseTags(words).direct ?? this.direct;
    } else if (subcommand === 'LIST' && words !== undefined) this.#add(name, parseTags(words).account);
    else if (subcommand === 'ADD') this.#add(name);
    else if (subcommand === 'REMOVE') this.#people.delete(fold(name));
    else if (subcommand === 'DIRECT') this.direct = name;
    this.#names = new Set([...this.#people.values()].flatMap(({ nick, account }) => [fold(nick), fold(account)]));
    this.#names.delete('');
  }

  #add(nick, account = '') {
    this.#people.set(fold(nick), { nick, account });
  }

  /** @returns {Ignored[]} */
  get people() {
    return [...this.#people.values()];
  }

  /**
   * Whether a message is of somebody who is ignored.
   * @param {{nick: string, account?: string, own?: boolean}} said
   */
  has({ nick, account = '', own = false }) {
    if (this.#names.size === 0 || own) return false;
    return this.#names.has(fold(nick)) || (account !== '' && this.#names.has(fold(account)));
  }
}
