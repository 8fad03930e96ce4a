/**
 * The list of direct conversations with the times of their last messages: CHATHISTORY TARGETS, page by page.
 *
 * Times are compared only within one buffer, where the server makes them rise strictly. So a wrong clock, the server's
 * or ours, cannot hide a message.
 */

import { fold, isRoom } from './names.js';
import { formatTime, parseTime } from './times.js';

const FOREVER = formatTime(253_402_300_799_999);

/**
 * `known`: whether this connection has the list; until then direct messages wait. `listed`: whether any connection had
 * it: conversations in the first list are not new.
 */
export class Targets {
  known = true;
  listed = false;
  #found = new Map();

  begin(known) {
    this.known = known;
    this.#found = new Map();
  }

  /** The parameters of the CHATHISTORY command for a page of the list. */
  question(limit, since = 0) {
    return ['TARGETS', `timestamp=${formatTime(since)}`, `timestamp=${FOREVER}`, String(limit)];
  }

  /**
   * Take a page. Returns the time to start the next one from; null after the last one.
   * @param {import('./requests.js').Batch} batch
   * @param {number} limit
   */
  takePage(batch, limit) {
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
   * End the list. Returns the conversations, latest message first, and whether this is the first list.
   */
  end() {
    const found = [...this.#found.values()].filter((one) => !isRoom(one.name));
    const first = !this.listed;
    this.known = this.listed = true;
    this.#found = new Map();
    return { people: found.sort((one, other) => other.time - one.time), first };
  }
}
