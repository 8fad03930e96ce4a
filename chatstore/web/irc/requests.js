/**
 * What was asked of CHATHISTORY, and the batches that answer it or are messages of several lines.
 *
 * Specs: IRCv3 batch, draft/multiline, draft/chathistory. The server answers in order, so the first request that fits
 * is meant.
 */

import { fold } from './names.js';
import { CONCAT, MULTILINE } from './splitting.js';

/** @typedef {import('./line.js').Line} Line */

/**
 * `purpose`: 'latest', 'after', 'skip', 'older', 'gap', 'around', 'targets' or 'page'. `done`: who waits for the
 * answer. `next` and `before`: the lines between which something is asked for.
 * @typedef {import('./coverage.js').Position} Position
 * @typedef {{purpose: string, key: string, limit: number, number: number, next: Position | null,
 *   before: Position | null,
 *   done: {resolve: (value: any) => void, reject: (error: any) => void} | null}} Request
 */

const CATCHING_UP = new Set(['latest', 'after', 'skip']);

/** `opened` by this BATCH line: reference, type, parameters. */
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

  /** The reference of the batch that this one is in. */
  get parent() {
    return this.opened.tags.batch ?? '';
  }

  /**
   * Of several lines: as one, with LF in its last parameter; the tags are those of the batch.
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

/** Of one connection. */
export class Requests {
  /** @type {Request[]} */
  #asked = [];
  /** @type {Map<string, Batch>} */
  #batches = new Map();
  #number = 0;

  /**
   * The number of the request.
   * @param {Partial<Request> & {purpose: string, key: string, limit: number}} request
   */
  ask(request) {
    this.#number += 1;
    this.#asked.push({ next: null, before: null, done: null, ...request, number: this.#number });
    return this.#number;
  }

  /** The requests up to this number, taken out, that still have no answer. */
  unanswered(number) {
    const open = this.#asked.filter((one) => one.number <= number);
    this.#asked = this.#asked.filter((one) => one.number > number);
    return open;
  }

  /** Whether lines that come before this buffer's held ones are on their way. */
  catchingUp(key) {
    return this.#asked.some((one) => one.key === key && CATCHING_UP.has(one.purpose));
  }

  /** How many questions are open for what comes before held lines. */
  get catchUps() {
    return this.#asked.filter((one) => CATCHING_UP.has(one.purpose)).length;
  }

  /** Everything that has no answer, taken out: the connection is gone. */
  all() {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  /**
   * Put a line into the open batch it belongs to; false when it belongs to none.
   * @param {Line} line
   */
  collect(line) {
    const batch = this.#batches.get(line.tags.batch ?? '');
    if (batch === undefined || line.command === 'BATCH') return false;
    batch.lines.push(line);
    return true;
  }

  /**
   * Take a BATCH line; the batch when it is complete. A batch inside another is a part of that one.
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
   * The request that this batch answers, taken out.
   * @param {Batch} batch
   */
  answered(batch) {
    const targets = batch.type === 'draft/chathistory-targets';
    const key = fold(batch.target);
    const fits = (one) => (targets ? one.purpose === 'targets' : one.purpose !== 'targets' && one.key === key);
    return this.#take(this.#asked.find(fits));
  }

  /**
   * The request that a FAIL CHATHISTORY refuses, taken out.
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
