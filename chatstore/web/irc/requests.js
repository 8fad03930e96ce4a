/**
 * The CHATHISTORY requests of one connection, and the batches that answer them or are messages of several lines.
 *
 * The server answers in order, so an answer belongs to the oldest request that it fits. Specs: IRCv3 batch,
 * draft/multiline, draft/chathistory.
 */

import { fold } from './names.js';
import { CONCAT, MULTILINE } from './splitting.js';

/** @typedef {import('./line.js').Line} Line */

/**
 * `purpose`: 'latest', 'after', 'skip', 'older', 'gap', 'around', 'targets' or 'page'. `done`: settles the caller's
 * promise. `next` and `before`: the lines between which history is asked for.
 * @typedef {import('./coverage.js').Position} Position
 * @typedef {{purpose: string, key: string, limit: number, number: number, next: Position | null,
 *   before: Position | null,
 *   done: {resolve: (value: any) => void, reject: (error: any) => void} | null}} Request
 */

const CATCHING_UP = new Set(['latest', 'after', 'skip']);

/** A batch, `opened` by a BATCH line with its reference, type and parameters. */
export class Batch {
  /** @param {Line} opened */
  constructor(opened) {
    this.opened = opened;
    /** @type {Line[]} */
    this.lines = [];
  }

  get type() {
    return this.opened.params[1] ?? '';
  }

  get target() {
    return this.opened.params[2] ?? '';
  }

  /** The reference of the batch around this one. */
  get parent() {
    return this.opened.tags.batch ?? '';
  }

  /**
   * The lines of a multiline batch as one line, with LF in its last parameter and the tags of the batch.
   * @returns {Line[]}
   */
  message() {
    if (this.lines.length === 0) return [];
    const [first, ...rest] = this.lines;
    let body = first.params[1] ?? '';
    for (const line of rest) body += (CONCAT in line.tags ? '' : '\n') + (line.params[1] ?? '');
    const { source, tags } = this.opened;
    return [{ command: first.command, params: [this.target, body], source, tags }];
  }
}

export class Requests {
  /** @type {Request[]} */
  #asked = [];
  /** @type {Map<string, Batch>} */
  #batches = new Map();
  #number = 0;

  /**
   * Note a request. Returns its number.
   * @param {Partial<Request> & {purpose: string, key: string, limit: number}} request
   */
  ask(request) {
    this.#number += 1;
    this.#asked.push({ next: null, before: null, done: null, ...request, number: this.#number });
    return this.#number;
  }

  /** Take out the unanswered requests up to this number. */
  unanswered(number) {
    const open = this.#asked.filter((one) => one.number <= number);
    this.#asked = this.#asked.filter((one) => one.number > number);
    return open;
  }

  /** Whether a request that catches this buffer up is open. */
  catchingUp(key) {
    return this.#asked.some((one) => one.key === key && CATCHING_UP.has(one.purpose));
  }

  /** The number of open requests that catch buffers up. */
  get catchUps() {
    return this.#asked.filter((one) => CATCHING_UP.has(one.purpose)).length;
  }

  /** Take out all requests: the connection is gone. */
  all() {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  /**
   * Put a line into its batch. Returns false when it belongs to none.
   * @param {Line} line
   */
  collect(line) {
    const batch = this.#batches.get(line.tags.batch ?? '');
    if (batch === undefined || line.command === 'BATCH') return false;
    batch.lines.push(line);
    return true;
  }

  /**
   * Take a BATCH line. Returns the batch when it is complete; a nested batch becomes part of its parent.
   * @param {Line} line
   * @returns {Batch | null}
   */
  batch(line) {
    const reference = line.params[0] ?? '';
    if (reference.startsWith('+')) {
      this.#batches.set(reference.slice(1), new Batch(line));
      return null;
    }
    const batch = this.#batches.get(reference.slice(1));
    if (batch === undefined) return null;
    this.#batches.delete(reference.slice(1));
    if (batch.type === MULTILINE) batch.lines = batch.message();
    const parent = this.#batches.get(batch.parent);
    if (parent === undefined) return batch;
    parent.lines.push(...batch.lines);
    return null;
  }

  /**
   * Take out the request that this batch answers.
   * @param {Batch} batch
   */
  answered(batch) {
    const targets = batch.type === 'draft/chathistory-targets';
    const key = fold(batch.target);
    const fits = (one) => (targets ? one.purpose === 'targets' : one.purpose !== 'targets' && one.key === key);
    return this.#take(this.#asked.find(fits));
  }

  /**
   * Take out the request that a FAIL CHATHISTORY refuses.
   * @param {Line} line
   */
  failed(line) {
    const context = line.params.slice(2, -1).map(fold);
    const about = context.includes('targets')
      ? this.#asked.filter((one) => one.purpose === 'targets')
      : this.#asked.filter((one) => context.includes(one.key));
    return this.#take(about[0] ?? this.#asked[0]);
  }

  #take(request) {
    if (request === undefined) return null;
    this.#asked.splice(this.#asked.indexOf(request), 1);
    return request;
  }
}
