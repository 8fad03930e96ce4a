/**
 * The order of one buffer: which of its lines were shown, and after which one the next page of history begins.
 * The same rule as chatstore/client/targets.py; why it leaves no gap and shows nothing twice is told in state.js.
 */

import { Coverage } from './coverage.js';
import { timeOf } from './times.js';

/** @typedef {import('./line.js').Line} Line */

/**
 * How many keys a buffer remembers. A live line can come after the history page that has it already, but not by
 * more than one batch of the server's writer (2,000) and one page (1,000).
 */
export const MAX_SEEN = 4096;
export const BEGINNING = 'timestamp=1970-01-01T00:00:00.000Z';

/** Come live once for all rooms: whatever msgid they have then, it is no place in this room's history. */
const PLACELESS = new Set(['QUIT', 'NICK']);

/**
 * What tells the lines of one stream apart, the same live and in history: the msgid, and a number behind it for the
 * further lines of a long message, which have none (IRCv3 multiline, "Fallback").
 */
export class Keys {
  #msgid = '';
  #further = 0;

  /**
   * The key of the stream's next line; '' when it has no place in history.
   * @param {Line} line
   */
  key(line) {
    if (PLACELESS.has(line.command) && !line.tags.batch) return '';
    const msgid = line.tags.msgid ?? '';
    if (msgid || (line.command !== 'PRIVMSG' && line.command !== 'NOTICE')) {
      this.#msgid = msgid;
      this.#further = 0;
      return msgid;
    }
    this.#further += 1;
    return this.#msgid ? `${this.#msgid}/${this.#further}` : '';
  }
}

/**
 * `after`: the CHATHISTORY selector after which nothing was shown yet; '' before the first history came. `held`: live
 * lines that wait for the history before them, by key; null while lines are shown as they come. `keys`: of the live
 * lines. `coverage`: what of history is here. Times are ms since 1970 UTC, of the first and the last line shown in
 * order.
 */
export class Timeline {
  after = '';
  firstTime = 0;
  lastTime = 0;
  coverage = new Coverage();
  /** @type {Map<string, Line> | null} */
  held = null;
  keys = new Keys();
  /** @type {Set<string>} */
  #seen = new Set();
  /** @type {Set<string>} */
  #placeless = new Set();
  /** Who waits until nothing is held any more. @type {Array<(released: boolean) => void>} */
  #waiters = [];

  hold() {
    this.held ??= new Map();
  }

  /** The lines that waited, in order, with their keys; from now on nothing waits. */
  release() {
    const lines = [...(this.held ?? [])];
    this.held = null;
    this.#answer(true);
    return lines;
  }

  /** Be called when the held lines are shown; with false when they will not be. */
  whenReleased(job) {
    this.#waiters.push(job);
  }

  /** Let a live line wait. */
  keep(key, line) {
    this.held?.set(key || ` ${this.held.size}`, line);
  }

  /** History has come to this line: it waits no longer as a live one. */
  overtake(key, line) {
    if (this.held === null) return;
    this.held.delete(key);
    if (!PLACELESS.has(line.command)) return;
    for (const [other, one] of this.held) {
      if (one.command === line.command && one.source === line.source) this.held.delete(other);
    }
  }

  /** Whether this line was shown already. */
  knows(key) {
    return this.#seen.has(key);
  }

  /**
   * Note that this line is being shown; false when it was shown before.
   * @param {string} key
   * @param {Line} line
   * @param {number} now
   */
  shows(key, line, now) {
    const sign = `${line.command} ${line.source}`;
    if (PLACELESS.has(line.command) && !line.tags.batch) {
      this.#placeless.add(sign);
      return true;
    }
    if (!key) return true;
    const time = timeOf(line, now);
    // A late live line from before the newest history: it is one of the older ones.
    if (time < this.firstTime) return false;
    const fresh = !this.#seen.has(key) && !this.#placeless.has(sign);
    this.#placeless.delete(sign);
    this.#remember(key, line.tags.msgid ?? '', time);
    if (!line.tags.batch) this.#placeless.clear();
    return fresh;
  }

  /** The membership or the connection is over. */
  leave() {
    this.held = null;
    this.keys = new Keys();
    this.#answer(false);
  }

  #answer(released) {
    for (const job of this.#waiters.splice(0)) job(released);
  }

  /**
   * What is kept of it, as plain data, where nothing before this line is.
   * @param {import('./coverage.js').Position} first
   */
  toRecord(first) {
    return {
      after: this.after, lastTime: this.lastTime, firstTime: Math.max(this.firstTime, first.time),
      spans: this.coverage.since(first),
    };
  }

  /** The reverse of toRecord(), with the keys of the lines that are shown again. */
  restore({ after, lastTime, firstTime, spans }, keys) {
    Object.assign(this, { after, lastTime, firstTime });
    this.coverage.spans = spans;
    this.#seen = new Set(keys);
  }

  #remember(key, msgid, time) {
    if (this.#seen.has(key)) return;
    this.firstTime ||= time;
    this.#seen.add(key);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value);
    if (!msgid) return;
    this.after = `msgid=${msgid}`;
    this.lastTime = time;
    this.coverage.reached({ time, msgid });
  }
}
