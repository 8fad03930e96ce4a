/**
 * Responses to our commands. A label finds the lines of a response (IRCv3 labeled-response). A server without labels
 * answers in order: there a PING after the command marks the end of its response.
 */

import { ChatError } from './errors.js';

/** @typedef {import('./line.js').Line} Line */

/** The start of the tokens of those PINGs. */
export const FENCE = 'answer-';

/** Without labels: commands that are responses, unlike what others do meanwhile. */
const ANSWERS = new Set(['FAIL', 'WARN', 'NOTE', 'TOKEN', 'INVITATION', 'PASSWORD', 'REGISTER', 'MARKREAD', 'PEOPLE',
  'ROOMS', 'AUDIT', 'BAN', 'REPORT', 'REPORTS', 'STATUS']);

/**
 * @typedef {{label: string, quiet: boolean, lines: Line[], resolve: (lines: Line[]) => void,
 *   reject: (error: ChatError) => void}} Query
 */
export class Responses {
  /** @type {Map<string, Query>} */
  #waiting = new Map();
  /** The labels of open responses, by the reference of their batch. @type {Map<string, string>} */
  #open = new Map();
  #number = 0;

  /**
   * Expect a response. `quiet`: it is for the caller alone, not for the state.
   * @returns {{label: string, answer: Promise<Line[]>}}
   */
  ask(quiet) {
    this.#number += 1;
    const label = `a${this.#number}`;
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(label, { label, quiet, lines: [], resolve, reject });
    });
    return { label, answer };
  }

  /** Take a line that only begins or ends a response. Returns whether it is one. @param {Line} line */
  frames(line) {
    const [reference = '', type] = line.params;
    if (line.command === 'ACK') {
      this.#finish(line.tags.label);
      return true;
    }
    if (line.command !== 'BATCH') return false;
    if (reference.startsWith('+') && type === 'labeled-response') {
      this.#open.set(reference.slice(1), line.tags.label ?? '');
      return true;
    }
    const label = this.#open.get(reference.slice(1));
    if (label === undefined || !reference.startsWith('-')) return false;
    this.#open.delete(reference.slice(1));
    this.#finish(label);
    return true;
  }

  /** A line of a response as if it stood alone: with the label, outside the batch. @param {Line} line */
  unwrapped(line) {
    const label = this.#open.get(line.tags.batch ?? '');
    if (label === undefined) return line;
    const tags = Object.assign(Object.create(null), line.tags, { label });
    delete tags.batch;
    return { ...line, tags };
  }

  /**
   * Take lines with a label. Returns whether they are for the caller alone.
   * @param {string | undefined} label
   * @param {Line[]} lines
   */
  take(label, lines) {
    const question = this.#waiting.get(label ?? '');
    if (question === undefined) return false;
    question.lines.push(...lines);
    if (![...this.#open.values()].includes(question.label)) this.#finish(question.label);
    return question.quiet;
  }

  /**
   * Without labels: take lines that may answer the oldest command. Returns whether they are for the caller alone.
   * @param {Line[]} lines
   * @param {boolean} batch whether they came as a batch
   */
  takeInOrder(lines, batch = false) {
    const question = this.#waiting.values().next().value;
    if (question === undefined) return false;
    const fits = ({ command, source }) => /^\d{3}$/.test(command) || ANSWERS.has(command) || isService(command, source);
    if (!batch && !lines.every(fits)) return false;
    question.lines.push(...lines);
    return question.quiet;
  }

  /** Without labels: take a PONG. Returns whether it ended a response. */
  fence(token) {
    if (!token.startsWith(FENCE)) return false;
    this.#finish(token.slice(FENCE.length));
    return true;
  }

  /** Reject everything: the connection is gone. */
  lost() {
    for (const { reject } of this.#waiting.values()) reject(new ChatError('LOST', 'The connection was lost.'));
    this.#waiting.clear();
    this.#open.clear();
  }

  #finish(label) {
    const question = this.#waiting.get(label ?? '');
    if (question === undefined) return;
    this.#waiting.delete(question.label);
    question.resolve(question.lines);
  }
}

function isService(command, source) {
  return command === 'NOTICE' && /serv(!|$)/i.test(source);
}
