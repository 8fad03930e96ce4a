/**
 * The order of one buffer's lines: which were shown, and where the next page of history starts. history.js explains why
 * this leaves no gap and no duplicate.
 */

import { Coverage } from './coverage.js';
import { timeOf } from './times.js';

/** @typedef {import('./line.js').Line} Line */

/**
 * Keys that a buffer remembers. A live line can arrive after the page of history that contains it, but at most by one
 * batch of the server's writer (2,000) and one page (1,000).
 */
export const MAX_SEEN = 4096;
export const BEGINNING = 'timestamp=1970-01-01T00:00:00.000Z';

/** Sent live once for all rooms: their msgid is not a position in this room's history. */
const PLACELESS = new Set(['QUIT', 'NICK']);

/**
 * Keys of lines, the same live and in history: the msgid, with a number for the further lines of a long message, which
 * have no msgid (IRCv3 multiline, "Fallback").
 */
export class Keys {
  #msgid = '';
  #further = 0;

  /**
   * The key of the next line; '' when it has no position in history.
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
 * `after`: the CHATHISTORY selector of the last line shown; '' before the first history. `held`: live lines that wait
 * for the history before them, by key; null while lines are shown at once. `keys`: of the live lines. `coverage`: the
 * loaded history. `firstTime`, `lastTime`: of the first and last line shown in order, in ms since 1970 UTC.
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
  /** Called when no line is held any more. @type {Array<(released: boolean) => void>} */
  #waiters = [];

  hold() {
    this.held ??= new Map();
  }

  /** Stop holding lines. Returns those held, in order, with their keys. */
  release() {
    const lines = [...(this.held ?? [])];
    this.held = null;
    this.#answer(true);
    return lines;
  }

  /** Call the job when the held lines are shown; with false when they are dropped. */
  whenReleased(job) {
    this.#waiters.push(job);
  }

  /** Hold a live line. */
  keep(key, line) {
    this.held?.set(key || ` ${this.held.size}`, line);
  }

  /** History contains this line: do not hold it as a live one. */
  overtake(key, line) {
    if (this.held === null) return;
    this.held.delete(key);
    if (!PLACELESS.has(line.command)) return;
    for (const [other, one] of this.held) {
      if (one.command === line.command && one.source === line.source) this.held.delete(other);
    }
  }

  /** Whether this line was already shown. */
  knows(key) {
    return this.#seen.has(key);
  }

  /**
   * Note that this line is shown. Returns false when it must not be shown (again).
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
    // A late live line from before the newest history belongs to an older page.
    if (time < this.firstTime) return false;
    const fresh = !this.#seen.has(key) && !this.#placeless.has(sign);
    this.#placeless.delete(sign);
    this.#remember(key, line.tags.msgid ?? '', time);
    if (!line.tags.batch) this.#placeless.clear();
    return fresh;
  }

  /** Drop the held lines: the membership or the connection ended. */
  leave() {
    this.held = null;
    this.keys = new Keys();
    this.#answer(false);
  }

  #answer(released) {
    for (const job of this.#waiters.splice(0)) job(released);
  }

  /**
   * The timeline as plain data, for a cache whose first line is this one.
   * @param {import('./coverage.js').Position} first
   */
  toRecord(first) {
    return {
      after: this.after, lastTime: this.lastTime, firstTime: Math.max(this.firstTime, first.time),
      spans: this.coverage.since(first),
    };
  }

  /** The reverse of toRecord(), with the keys of the cached lines. */
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
