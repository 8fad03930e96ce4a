/** Who is typing. Spec: IRCv3 client-tags/typing. The clock is passed in: milliseconds since 1970 UTC. */

import { fold } from './names.js';

/** ms that a typing notice holds unless it is repeated. */
const HOLDS = { active: 6_000, paused: 30_000 };
/** ms between two of our own `active` notices, at least. */
export const TELL_EVERY = 3_000;

export class Typing {
  /** @type {Map<string, {nick: string, until: number}>} */
  #who = new Map();

  /** Take a typing notice. Returns whether the list of people who type changed. */
  heard(nick, state, now) {
    const key = fold(nick);
    const before = this.#who.has(key);
    if (state in HOLDS) this.#who.set(key, { nick, until: now + HOLDS[state] });
    else this.#who.delete(key);
    return before !== this.#who.has(key);
  }

  /** Remove expired notices. Returns whether there were any. */
  expire(now) {
    const before = this.#who.size;
    for (const [key, { until }] of this.#who) if (until <= now) this.#who.delete(key);
    return this.#who.size !== before;
  }

  /** When the next notice expires; Infinity without one. */
  get next() {
    return Math.min(...[...this.#who.values()].map((one) => one.until));
  }

  get nicks() {
    return [...this.#who.values()].map((one) => one.nick);
  }

  clear() {
    this.#who.clear();
  }
}

/** Decides which of our own typing notices to send. */
export class TypingSender {
  /** @type {Map<string, {state: string, at: number}>} */
  #told = new Map();

  /** Whether to send this notice. */
  shouldSend(target, state, now) {
    const key = fold(target);
    const before = this.#told.get(key);
    if (state === 'done') {
      this.#told.delete(key);
      return before !== undefined;
    }
    if (before !== undefined && before.state === state && now - before.at < TELL_EVERY) return false;
    this.#told.set(key, { state, at: now });
    return true;
  }

  /** A message was sent there, which ends the typing without a notice. */
  sent(target) {
    this.#told.delete(fold(target));
  }

  clear() {
    this.#told.clear();
  }
}
