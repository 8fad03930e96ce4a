/**
 * Which direct conversations there are, and which of them have news: CHATHISTORY TARGETS, page by page.
 *
 * Times are compared only with times of the same buffer, which the server makes strictly rise; so neither its
 * clock nor ours can hide a message.
 */

import { fold, isRoom } from './names.js';
import { formatTime, parseTime } from './times.js';

const FOREVER = formatTime(253_402_300_799_999);

/**
 * `known`: whether this connection has been told; until then direct messages wait. `listed`: whether any connection
 * was: the list before that is no news.
 */
export class Targets {
  known = true;
  listed = false;
  #found = new Map();

  begin(known) {
    this.known = known;
    this.#found = new Map();
  }

  /** The parameters of the CHATHISTORY that asks for a page of buffers. */
  question(limit, since = 0) {
    return ['TARGETS', `timestamp=${formatTime(since)}`, `timestamp=${FOREVER}`, String(limit)];
  }

  /**
   * Take a page; the time from which on to ask for the next one, null when this was the last.
   * @param {import('./requests.js').Batch} batch
   * @param {number} limit
   */
  came(batch, limit) {
    const before = this.#found.size;
    let newest = 0;
    for (const line of batch.lines) {
      const [word, name = '', text = ''] = line.params;
      const time = parseTime(text);
      newest = Math.max(newest, time);
      if (word?.toUpperCase() === 'TARGETS') this.#found.set(fold(name), { name, time });
    }
    return batch.lines.length >= limit && this.#found.size > before ? Math.max(0, newest - 1) : null;
  }

  /**
   * All is told: the buffers with the time of their last message, newest first; and whether this is the first
   * list.
   */
  end() {
    const found = [...this.#found.values()].filter((one) => !isRoom(one.name));
    const first = !this.listed;
    this.known = this.listed = true;
    this.#found = new Map();
    return { people: found.sort((one, other) => other.time - one.time), first };
  }
}
