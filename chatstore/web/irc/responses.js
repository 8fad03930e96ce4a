/**
 * Responses to what was asked: each has a label, by which its lines are found (IRCv3 labeled-response). A server
 * without labels answers in order, so a PING behind the question ends its answer there.
 */

import { ChatError } from './errors.js';

/** @typedef {import('./line.js').Line} Line */

/** Tokens of PINGs that end an answer. */
export const FENCE = 'answer-';

/** Without labels: what is an answer, and not what others do meanwhile. */
const ANSWERS = new Set(['FAIL', 'WARN', 'NOTE', 'TOKEN', 'INVITATION', 'PASSWORD', 'REGISTER', 'MARKREAD']);

/**
 * @typedef {{label: string, quiet: boolean, lines: Line[], resolve: (lines: Line[]) => void,
 *   reject: (error: ChatError) => void}} Query
 */
export class Responses {
  /** @type {Map<string, Query>} */
  #waiting = new Map();
  /** The labels of open answers, by the reference of their batch. @type {Map<string, string>} */
  #open = new Map();
  #number = 0;

  /**
   * A new question. `quiet`: its answer is for whoever asks, and not for the state.
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

  /** Whether it is the begin or the end of an answer, and nothing else. @param {Line} line */
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

  /** A line of an answer as if it stood for itself: with the label, and in no batch. @param {Line} line */
  unwrapped(line) {
    const label = this.#open.get(line.tags.batch ?? '');
    if (label === undefined) return line;
    const tags = Object.assign(Object.create(null), line.tags, { label });
    delete tags.batch;
    return { ...line, tags };
  }

  /**
   * Take what has come with a label: a line, or the lines of a batch. Whether it is for nobody else.
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
   * Without labels: whether a line answers the first question. Then it is taken.
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

  /** Without labels: a PONG. Whether it ended an answer. */
  fence(token) {
    if (!token.startsWith(FENCE)) return false;
    this.#finish(token.slice(FENCE.length));
    return true;
  }

  /** The connection is gone. */
  lost() {
    for (const { reject } of this.#waiting.values()) reject(new ChatError('LOST', 'the connection was lost'));
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
