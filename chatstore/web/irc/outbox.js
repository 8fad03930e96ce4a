/**
 * Our own messages: each is an entry that is pending until the server has stored or refused it.
 *
 * Messages wait until their buffer has caught up. So a message that was sent but not echoed when a connection broke is
 * either among the lines caught up, or was not stored and fails. Nothing is sent twice without being asked.
 */

import { audienceOf, fold } from './names.js';
import { Receipts } from './receipts.js';
import { actionText, bodyBytes, messages } from './splitting.js';

/** @typedef {import('./buffer.js').Buffer} Buffer */

/**
 * What the outbox needs of the state, which owns it. `connection`: its number.
 * @typedef {{buffers: Map<string, Buffer>, nick: string, mask: string, now: number, ready: boolean, doubtful: boolean,
 *   connection: number, isupport: Map<string, string>, multiline: import('./splitting.js').Multiline | null,
 *   buffer: (name: string) => Buffer, has: (cap: string) => boolean, sendLine: (line: object) => void}} Chat
 */

export class Outbox {
  #state;
  #receipts = new Receipts();

  /** @param {Chat} state */
  constructor(state) {
    this.#state = state;
  }

  /** The number of messages without a receipt. */
  get size() {
    return this.#receipts.size;
  }

  /**
   * Send a text of one or more lines, split into as many messages as it needs: now, or once connected.
   * @param {string} target a room, a person, or `@#room`
   * @param {string} text
   * @throws {import('./line.js').LineError} for what no message can carry
   */
  say(target, text, { replyTo = '', action = false, now }) {
    const audience = audienceOf(target);
    const buffer = this.#state.buffer(target.slice(audience.length));
    const to = audience + buffer.name;
    for (const body of messages(text, this.#limit(to), this.#state.multiline, { action })) {
      const said = { kind: action ? 'action' : 'message', text: actionText(body) ?? body };
      const local = buffer.wait({ ...said, nick: this.#state.nick, time: now, replyTo, audience });
      this.#receipts.add({ key: fold(buffer.name), target: to, body, local, replyTo });
    }
    this.send(buffer);
  }

  /** Send a failed message again. */
  retry(target, key) {
    const buffer = this.#state.buffer(target);
    const one = buffer.pending.find((each) => each.key === key && each.failed);
    if (one === undefined) return;
    buffer.settle(key);
    this.say(one.audience + buffer.name, one.text, {
      replyTo: one.replyTo, action: one.kind === 'action', now: one.time,
    });
  }

  /** Drop a message that failed or was not sent yet. */
  discard(target, key) {
    const buffer = this.#state.buffer(target);
    if (this.#receipts.has(key) && this.#receipts.withdraw(key) === null) return;
    buffer.settle(key);
  }

  /** Send the waiting messages of a buffer, if possible now. @param {Buffer | undefined} buffer */
  send(buffer) {
    const state = this.#state;
    if (buffer === undefined || !state.ready || state.doubtful || buffer.timeline.held !== null) return;
    const lines = this.#receipts.send(fold(buffer.name), state.connection, {
      limit: (target) => this.#limit(target), multiline: state.multiline, labels: state.has('labeled-response'),
      tags: state.has('message-tags'),
    });
    for (const line of lines) state.sendLine(line);
  }

  sendAll() {
    for (const key of this.#receipts.keys()) this.send(this.#state.buffers.get(key));
  }

  /** A buffer has caught up: messages that a lost connection left open and that are not in it were not stored. */
  settle(buffer) {
    const lost = this.#receipts.lost(fold(buffer.name), this.#state.connection);
    this.#giveBack(lost, 'the connection was lost');
    this.send(buffer);
  }

  /** Whether a message may be stored without our knowing, because its connection or its page is gone. */
  unsettled(buffer) {
    const failed = buffer.pending.some((one) => one.failed);
    return failed || this.#receipts.open(fold(buffer.name), this.#state.connection);
  }

  /** A message of ours was echoed: it is stored. @param {Buffer} buffer @param {import('./line.js').Line} line */
  stored(buffer, line) {
    const [target, body = ''] = line.params;
    const key = fold(buffer.name);
    const message = this.#receipts.stored({ key, audience: audienceOf(target), body, label: line.tags.label });
    if (message !== null) {
      buffer.storedAt(this.#state.now);
      if (!this.#receipts.has(message.local)) buffer.settle(message.local);
      return;
    }
    // Failed, but stored after all: it arrived late by the old connection.
    const text = actionText(body) ?? body;
    const late = buffer.pending.find((one) => one.failed && one.text === text);
    if (late !== undefined) buffer.settle(late.key);
  }

  /**
   * The server refused a message of ours. Returns false when none was on its way.
   * @param {string | undefined} label of the message
   * @param {string | null} key of the buffer, used without a label; '' for any, null for none
   */
  refused(label, key, why) {
    const byLabel = this.#receipts.refusedLabel(label);
    const message = byLabel ?? (label || key === null ? null : this.#receipts.refused(key, this.#state.connection));
    if (message === null) return false;
    this.#giveBack([message], why);
    return true;
  }

  /** Fail all messages of a buffer: we cannot send there. @param {Buffer} buffer */
  closed(buffer, why) {
    this.#giveBack(this.#receipts.drop(fold(buffer.name)), why);
  }

  renamed(from, to) {
    this.#receipts.renamed(fold(from), fold(to), to);
  }

  /** @param {import('./receipts.js').Outgoing[]} sent */
  #giveBack(sent, why) {
    for (const { key, local } of sent) this.#state.buffers.get(key)?.fail(local, why);
  }

  #limit(target) {
    return bodyBytes(this.#state.mask, target, Number(this.#state.isupport.get('LINELEN')) || undefined);
  }
}
