/**
 * Our own messages until they are known to be stored: queued, sent, then echoed, refused or given back. The same
 * rule as chatstore/client/receipts.py; a label makes it exact where the server takes one.
 *
 * The server echoes a message once it is on disk, and answers the lines of one connection in order. So the echo is
 * the receipt, and a refusal without a label means the first message to its target that has no answer yet.
 */

import { audienceOf } from './names.js';
import { CONCAT, MULTILINE, fits, messages, wireLines } from './splitting.js';

/**
 * A message on its way. `connection`: the number of the connection it was sent on, 0 while it waits. `key`: of its
 * buffer. `target`: as it is sent, with an audience before a room's name. `local`: the key of its entry.
 * @typedef {{key: string, target: string, body: string, local: string, replyTo: string, connection: number,
 *   label: string}} Outgoing
 */

export class Receipts {
  /** What has no receipt yet, in the order it was said. @type {Outgoing[]} */
  #open = [];
  #number = 0;

  get size() {
    return this.#open.length;
  }

  /** @param {{key: string, target: string, body: string, local: string, replyTo: string}} message */
  add(message) {
    this.#open.push({ ...message, connection: 0, label: '' });
  }

  /** Whether something of this entry has no receipt yet. */
  has(local) {
    return this.#open.some((one) => one.local === local);
  }

  /** Messages to this buffer that wait to be sent. */
  queued(key) {
    return this.#open.filter((one) => one.key === key && one.connection === 0);
  }

  /**
   * The lines that say what waits for this buffer, in order: from now on it waits for its receipts.
   * @param {string} key
   * @param {number} connection
   * @param {{limit: (target: string) => number, multiline: import('./splitting.js').Multiline | null,
   *   labels: boolean, tags: boolean}} can
   * @returns {Array<{command: string, params: string[], tags: Record<string, string>}>}
   */
  send(key, connection, can) {
    if (can.multiline === null) this.#cut(key, can.limit);
    return this.queued(key).flatMap((message) => {
      this.#number += 1;
      message.connection = connection;
      message.label = can.labels ? `m${this.#number}` : '';
      const tags = {
        ...(message.label && { label: message.label }),
        ...(message.replyTo && can.tags && { '+draft/reply': message.replyTo }),
      };
      return lines(message, can.limit(message.target), tags, `m${this.#number}`);
    });
  }

  /** The keys of the buffers of all messages here. */
  keys() {
    return [...new Set(this.#open.map((one) => one.key))];
  }

  /**
   * Our own message came back: it is done. By its label, or the first sent one with this target and body.
   * @returns {Outgoing | null}
   */
  stored({ key, audience, body, label }) {
    const byLabel = label ? this.#first((one) => one.label === label) : null;
    const same = (one) => one.key === key && one.connection > 0 && one.body === body;
    return byLabel ?? this.#first((one) => same(one) && audienceOf(one.target) === audience);
  }

  /** The message with this label was refused. */
  refusedLabel(label) {
    return label ? this.#first((one) => one.label === label) : null;
  }

  /** The first message to this buffer (of all, for '') without an answer on this connection, taken out. */
  refused(key, connection) {
    return this.#first((one) => one.connection === connection && (key === '' || one.key === key));
  }

  /** Whether something to this buffer was sent on a connection before this one. */
  open(key, connection) {
    return this.#open.some((one) => one.key === key && one.connection > 0 && one.connection < connection);
  }

  /** Everything to this buffer that was sent on a connection before this one, taken out. */
  lost(key, connection) {
    return this.#take((one) => one.key === key && one.connection > 0 && one.connection < connection);
  }

  /** Everything to this buffer, taken out. */
  drop(key) {
    return this.#take((one) => one.key === key);
  }

  /** The message of this entry, taken out. */
  withdraw(local) {
    return this.#first((one) => one.local === local && one.connection === 0);
  }

  /** The buffer has another key and name now. */
  renamed(key, to, name) {
    for (const one of this.#open) {
      if (one.key !== key) continue;
      one.key = to;
      one.target = one.target.replace(/^([@+]?).*$/s, (_, audience) => audience + name);
    }
  }

  /** What was said to a server that took several lines, for one that doesn't. */
  #cut(key, limit) {
    this.#open = this.#open.flatMap((one) => {
      if (one.key !== key || one.connection !== 0 || !one.body.includes('\n')) return [one];
      return messages(one.body, limit(one.target), null).map((body) => ({ ...one, body }));
    });
  }

  #first(test) {
    const place = this.#open.findIndex(test);
    return place < 0 ? null : this.#open.splice(place, 1)[0];
  }

  #take(test) {
    const taken = this.#open.filter(test);
    this.#open = this.#open.filter((one) => !test(one));
    return taken;
  }
}

function lines({ target, body }, limit, tags, reference) {
  if (fits(body, limit)) return [{ command: 'PRIVMSG', params: [target, body], tags }];
  return [
    { command: 'BATCH', params: [`+${reference}`, MULTILINE, target], tags },
    ...wireLines(body, limit).map(({ text, joined }) => ({
      command: 'PRIVMSG', params: [target, text], tags: { batch: reference, ...(joined && { [CONCAT]: '' }) },
    })),
    { command: 'BATCH', params: [`-${reference}`], tags: {} },
  ];
}
