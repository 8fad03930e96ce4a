/** Who is typing. Spec: IRCv3 client-tags/typing. The clock is passed in: milliseconds since 1970 UTC. */

import { fold } from './names.js';

/** How long a sign holds without a further one, in ms. */
const HOLDS = { active: 6_000, paused: 30_000 };
/** How often one's own `active` is told at most, in ms. */
export const TELL_EVERY = 3_000;

export class Typing {
  /** @type {Map<string, {nick: string, until: number}>} */
  #who = new Map();

  /** Somebody is typing, pauses, or is done. Whether the list of those who type is another one now. */
  heard(nick, state, now) {
    const key = fold(nick);
    const before = this.#who.has(key);
    if (state in HOLDS) this.#who.set(key, { nick, until: now + HOLDS[state] });
    else this.#who.delete(key);
    return before !== this.#who.has(key);
  }

  /** Let go of those whose time is over. Whether there were any. */
  expire(now) {
    const before = this.#who.size;
    for (const [key, { until }] of this.#who) if (until <= now) this.#who.delete(key);
    return this.#who.size !== before;
  }

  /** When the next one's time is over; Infinity while nobody types. */
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

/** What is said about one's own typing: no more often than it has to be. */
export class TypingSender {
  /** @type {Map<string, {state: string, at: number}>} */
  #told = new Map();

  /** Whether this is to be sent. */
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

  /** A message was sent there, which ends the typing without a word. */
  sent(target) {
    this.#told.delete(fold(target));
  }

  clear() {
    this.#told.clear();
  }
}
