/**
 * Our own messages until their receipt: queued, sent, then echoed, refused or lost.
 *
 * The server echoes a message once it is on disk, and answers the lines of one connection in order. So the echo is the
 * receipt, and an error without a label means the oldest unanswered message to its target. Labels make this exact.
 */

import { audienceOf } from './names.js';
import { CONCAT, MULTILINE, fits, messages, wireLines } from './splitting.js';

/**
 * A message on its way. `connection`: the number of the connection that it was sent on, 0 while it waits. `key`: of its
 * buffer. `target`: as sent, with the audience before a room's name. `local`: the key of its entry.
 * @typedef {{key: string, target: string, body: string, local: string, replyTo: string, connection: number,
 *   label: string}} Outgoing
 */

export class Receipts {
  /** Messages without a receipt, oldest first. @type {Outgoing[]} */
  #open = [];
  #number = 0;

  get size() {
    return this.#open.length;
  }

  /** @param {{key: string, target: string, body: string, local: string, replyTo: string}} message */
  add(message) {
    this.#open.push({ ...message, connection: 0, label: '' });
  }

  /** Whether a message of this entry has no receipt. */
  has(local) {
    return this.#open.some((one) => one.local === local);
  }

  /** The messages of this buffer that wait to be sent. */
  queued(key) {
    return this.#open.filter((one) => one.key === key && one.connection === 0);
  }

  /**
   * The lines for the waiting messages of this buffer, in order; they count as sent now.
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

  /** The keys of all buffers with messages here. */
  keys() {
    return [...new Set(this.#open.map((one) => one.key))];
  }

  /**
   * Take out the message that was echoed: by its label, or the oldest one sent with this target and body.
   * @returns {Outgoing | null}
   */
  stored({ key, audience, body, label }) {
    const byLabel = label ? this.#first((one) => one.label === label) : null;
    const same = (one) => one.key === key && one.connection > 0 && one.body === body;
    return byLabel ?? this.#first((one) => same(one) && audienceOf(one.target) === audience);
  }

  /** Take out the message with this label: it was refused. */
  refusedLabel(label) {
    return label ? this.#first((one) => one.label === label) : null;
  }

  /** Take out the oldest unanswered message of this connection to this buffer, or to any for ''. */
  refused(key, connection) {
    return this.#first((one) => one.connection === connection && (key === '' || one.key === key));
  }

  /** Whether a message to this buffer was sent on an earlier connection. */
  open(key, connection) {
    return this.#open.some((one) => one.key === key && one.connection > 0 && one.connection < connection);
  }

  /** Take out all messages to this buffer that were sent on an earlier connection. */
  lost(key, connection) {
    return this.#take((one) => one.key === key && one.connection > 0 && one.connection < connection);
  }

  /** Take out all messages to this buffer. */
  drop(key) {
    return this.#take((one) => one.key === key);
  }

  /** Take out the message of this entry if it was not sent yet. */
  withdraw(local) {
    return this.#first((one) => one.local === local && one.connection === 0);
  }

  /** The buffer was renamed. */
  renamed(key, to, name) {
    for (const one of this.#open) {
      if (one.key !== key) continue;
      one.key = to;
      one.target = one.target.replace(/^([@+]?).*$/s, (_, audience) => audience + name);
    }
  }

  /** Split messages of several lines: the server no longer accepts them. */
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
