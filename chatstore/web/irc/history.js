/**
 * History: catching up, older pages, gaps, and pages around a message. One rule keeps out gaps and duplicates:
 *
 * From the start of a connection until the history of a room is complete, its live lines wait in `timeline.held`. We
 * ask for history AFTER the last line shown, page by page, until a page is shorter than its limit. Then the held lines
 * follow, without those that were in a page. Only lines that were shown move `timeline.after`, so a connection may
 * break at any point: the next one starts from the same line. Direct conversations do the same once CHATHISTORY
 * TARGETS has listed those with new messages.
 *
 * Few buffers catch up at once, the open one first: with a hundred rooms, the next message that the person sends must
 * not wait behind a hundred requests.
 *
 * Where more than MAX_CATCH_UP_PAGES pages were missed, the newest page is shown after a gap, which older() fills.
 */

import { ChatError } from './errors.js';
import { ends } from './coverage.js';
import { fold } from './names.js';
import { Targets } from './targets.js';
import { Requests } from './requests.js';
import { BEGINNING, Keys } from './timeline.js';
import { formatTime, timeOf } from './times.js';

/** @typedef {import('./buffer.js').Buffer} Buffer */
/** @typedef {import('./line.js').Line} Line */

/**
 * What history needs of the state, which owns it.
 * @typedef {{buffers: Map<string, Buffer>, caps: Set<string>, open: string,
 *   outbox: {unsettled: (buffer: Buffer) => boolean}, about: () => object, buffer: (name: string) => Buffer,
 *   send: (command: string, ...params: string[]) => void, caughtUp: (buffer: Buffer) => void,
 *   showLine: (buffer: Buffer, key: string, line: Line) => void, targetsKnown: () => void}} Chat
 */

/** Lines to load when a buffer is first shown. */
export const FIRST = 50;
/** Buffers that catch up at once. */
const TOGETHER = 4;
/** Lines of a page: without a limit of the server, at most when catching up, and at most when a person asks. */
const PAGE = 50;
const MAX_PAGE = 200;
const MAX_OLDER_PAGE = 1000;
/** Pages to catch up; the rest is loaded when the person scrolls there. */
export const MAX_CATCH_UP_PAGES = 5;
/** Direct conversations to load at once; the others are loaded when they are opened. */
const MAX_DIRECT = 30;
/** The tag of a batch that our server cut because of its size in bytes. */
const PARTIAL = 'chatstore/partial';
/** Tokens of the PINGs after our requests: the server answers in order. */
export const PAGES = 'page-';

export class History {
  page = PAGE;
  largest = PAGE;
  requests = new Requests();
  targets = new Targets();
  /** How many buffers may catch up at once. */
  together = TOGETHER;
  /** Buffers that still have to catch up. @type {Set<Buffer>} */
  #waiting = new Set();
  /** Pages caught up on this connection, by buffer. @type {Map<string, number>} */
  #pages = new Map();
  /** The number of the last request that no PING follows yet; 0 without one. */
  #asked = 0;
  #state;

  /** @param {Chat} state */
  constructor(state) {
    this.#state = state;
  }

  get kept() {
    return ['draft/chathistory', 'batch', 'message-tags'].every((cap) => this.#state.caps.has(cap));
  }

  begin() {
    this.requests = new Requests();
    this.#pages = new Map();
    this.#waiting.clear();
    this.#asked = 0;
    this.page = this.largest = PAGE;
    this.targets.begin(!this.kept);
  }

  lost() {
    this.#waiting.clear();
    for (const { done } of this.requests.all()) done?.reject(new ChatError('LOST', 'The connection was lost.'));
  }

  /** Set the server's limit of lines in a page; 0: no limit. */
  setPage(lines) {
    this.page = Math.min(lines, MAX_PAGE) || MAX_PAGE;
    this.largest = Math.min(lines, MAX_OLDER_PAGE) || MAX_OLDER_PAGE;
  }

  // Requests.

  /** Send a PING after the requests: a request without an answer by its PONG gets none. */
  fence() {
    if (this.#asked > 0) this.#state.send('PING', `${PAGES}${this.#asked}`);
    this.#asked = 0;
  }

  /** Catch a buffer up when its turn comes. @param {Buffer} buffer */
  catchUp(buffer) {
    if (!this.kept) {
      this.#state.caughtUp(buffer);
      return;
    }
    this.#waiting.add(buffer);
    this.#next();
  }

  /** Start the next ones: the open buffer first, then those with the latest messages. */
  #next() {
    while (this.#waiting.size > 0 && this.requests.catchUps < this.together) {
      const open = this.#state.buffers.get(this.#state.open);
      const next = open && this.#waiting.has(open) ? open : latest([...this.#waiting]);
      this.#waiting.delete(next);
      // We may have left the room meanwhile.
      if (next.timeline.held !== null && this.#state.buffers.get(fold(next.name)) === next) this.#begin(next);
    }
  }

  #begin(buffer) {
    const { timeline, depth } = buffer;
    if (timeline.after) this.#ask('after', buffer, 'AFTER', timeline.after, { limit: this.page });
    else this.#ask('latest', buffer, 'LATEST', '*', { limit: Math.max(1, Math.min(depth, this.page)) });
  }

  /** Ask which direct conversations have new messages. */
  askTargets(since = 0) {
    this.#asked = this.requests.ask({ purpose: 'targets', key: '', limit: this.page });
    this.#state.send('CHATHISTORY', ...this.targets.question(this.page, since));
  }

  /**
   * Fetch lines before the first one, or some of those missing in a gap. `moved` in the result tells whether there is a
   * new first line: a caller in a loop stops when there is none.
   * @param {Buffer} buffer
   * @param {number} limit
   * @param {string} gap the key of its entry
   * @param {Request['done']} done
   */
  older(buffer, limit, gap, done) {
    const { timeline } = buffer;
    const most = Math.max(1, Math.min(limit, this.largest));
    if (!this.kept) done.reject(NONE());
    else if (gap) this.#fill(buffer, timeline.coverage.gap(gap.replace(/^gap-/, '')), most, done);
    else if (timeline.coverage.oldest) {
      const { oldest } = timeline.coverage;
      this.#ask('older', buffer, 'BEFORE', `msgid=${oldest.msgid}`, { limit: most, done, next: oldest });
    } else if (timeline.held !== null) {
      timeline.whenReleased((released) => {
        if (released) done.resolve({ count: 0, complete: buffer.complete, moved: true });
        else done.reject(new ChatError('LOST', 'The connection was lost.'));
      });
    } else if (timeline.after === BEGINNING) {
      buffer.complete = true;
      buffer.changed();
      done.resolve({ count: 0, complete: true, moved: false });
    } else {
      timeline.hold();
      this.#ask('latest', buffer, 'LATEST', '*', { limit: most, done });
    }
  }

  /** Fetch lines around a message that is not loaded. */
  around(buffer, msgid, limit, done) {
    const most = Math.max(1, Math.min(limit, this.page));
    if (buffer.has(msgid)) done.resolve({ count: 0, complete: buffer.complete });
    else if (!this.kept) done.reject(NONE());
    else this.#ask('around', buffer, 'AROUND', `msgid=${msgid}`, { limit: most, done });
  }

  /** Fetch a page without showing it; `done` gets its lines. */
  lines(buffer, subcommand, selector, done) {
    this.#ask('page', buffer, subcommand, selector, { limit: this.page, done });
  }

  #fill(buffer, gap, limit, done) {
    if (gap === null) {
      done.resolve({ count: 0, complete: buffer.complete });
      return;
    }
    const selector = `msgid=${gap.next.msgid} msgid=${gap.before.msgid}`;
    this.#ask('gap', buffer, 'BETWEEN', selector, { limit, done, ...gap });
  }

  #ask(purpose, buffer, subcommand, selector, { limit, done = null, next = null, before = null }) {
    const key = fold(buffer.name);
    this.#asked = this.requests.ask({ purpose, key, limit, next, before, done });
    this.#state.send('CHATHISTORY', subcommand, buffer.name, ...selector.split(' '), String(limit));
  }

  // Answers.

  /**
   * Take a complete batch of history.
   * @param {import('./requests.js').Batch} batch
   */
  handleBatch(batch) {
    const request = this.requests.answered(batch);
    if (request === null) return;
    this.#take(batch, request);
    this.#next();
  }

  #take(batch, request) {
    if (request.purpose === 'targets') {
      const since = this.targets.takePage(batch, request.limit);
      if (since !== null) this.askTargets(since);
      else this.#targetsKnown();
      return;
    }
    const buffer = this.#state.buffers.get(request.key);
    if (buffer === undefined) {
      request.done?.reject(new ChatError('GONE', 'This conversation is closed.'));
      return;
    }
    const { lines } = batch;
    // Cut because of its size in bytes: there is more, as after a full page.
    if (PARTIAL in batch.opened.tags) request.limit = Math.min(request.limit, lines.length);
    if (request.purpose === 'page') request.done?.resolve(lines);
    else if (request.purpose === 'older') this.#takeOlder(buffer, lines, request);
    else if (request.purpose === 'gap') this.#takeGap(buffer, lines, request);
    else if (request.purpose === 'around') this.#takeAround(buffer, lines, request);
    else this.#takePage(buffer, lines, request);
  }

  /** Take a FAIL CHATHISTORY. Returns whether a caller gets the error. @param {Line} line */
  failed(line) {
    if (line.params[1] === 'BUSY') return false; // the PONG that follows finds the request unanswered
    const request = this.requests.failed(line);
    if (request === null) return false;
    const waits = this.#refused(request, line);
    this.#next();
    return waits;
  }

  #refused(request, line) {
    const buffer = this.#state.buffers.get(request.key);
    request.done?.reject(new ChatError(line.params[1] ?? '', line.params[line.params.length - 1] ?? ''));
    if (request.purpose === 'targets') this.#targetsKnown();
    else if (request.purpose === 'after' && buffer?.timeline.after !== BEGINNING && buffer) {
      // Our last line was pruned on the server: show the newest page after a gap.
      this.#ask('skip', buffer, 'LATEST', '*', { limit: this.page });
      return true;
    } else if (['latest', 'after', 'skip'].includes(request.purpose) && buffer) {
      this.#state.caughtUp(buffer);
    }
    return request.done !== null;
  }

  /**
   * Take the PONG after requests: those without an answer get none. Going on would leave a gap that is not shown; a new
   * connection starts from the last line shown.
   * @returns {boolean} whether such a gap threatens
   */
  unanswered(token) {
    const requests = this.requests.unanswered(Number(token.slice(PAGES.length)));
    for (const { done } of requests) done?.reject(new ChatError('NO_ANSWER', 'The server sent no history.'));
    return requests.some(({ purpose }) => ['latest', 'after', 'skip', 'targets'].includes(purpose));
  }

  #takePage(buffer, lines, request) {
    const { timeline } = buffer;
    const before = timeline.after;
    const keys = new Keys();
    const named = lines.map((line) => /** @type {[string, Line]} */ ([keys.key(line), line]));
    if (request.purpose === 'skip') this.#leaveGap(buffer, named, request);
    for (const [key, line] of named) {
      timeline.overtake(key, line);
      this.#state.showLine(buffer, key, line);
    }
    if (request.purpose === 'skip') buffer.showGaps();
    if (request.purpose === 'latest' && lines.length < request.limit) buffer.complete = true;
    const whole = lines.length < request.limit || timeline.after === before;
    if (request.purpose === 'after' && !whole) {
      this.#goOn(buffer, request);
      return;
    }
    timeline.after ||= BEGINNING;
    this.#state.caughtUp(buffer);
    request.done?.resolve({ count: lines.length, complete: buffer.complete, moved: lines.length > 0 });
  }

  #goOn(buffer, request) {
    const key = fold(buffer.name);
    const pages = (this.#pages.get(key) ?? 0) + 1;
    this.#pages.set(key, pages);
    // A message of ours may be among the missed lines: load all of them to know whether it was stored.
    const whole = pages < MAX_CATCH_UP_PAGES || this.#state.outbox.unsettled(buffer);
    if (whole) this.#ask('after', buffer, 'AFTER', buffer.timeline.after, request);
    else this.#ask('skip', buffer, 'LATEST', '*', { limit: request.limit });
  }

  /** Leave a gap before the newest lines, unless they meet those that were shown. */
  #leaveGap({ timeline }, named, request) {
    const meets = named.some(([key]) => timeline.knows(key)) || named.length < request.limit;
    if (meets) return;
    timeline.coverage.breakOff();
    // Live lines from before them, late ones included, are part of the gap.
    const first = timeOf(named[0][1], 0);
    timeline.firstTime = first;
    for (const [key, line] of timeline.held ?? []) {
      if (key.startsWith(' ') && timeOf(line, first) < first) timeline.held.delete(key);
    }
  }

  /** @param {Line[]} lines right before the line `next` */
  #takeOlder(buffer, lines, { limit, done, next }) {
    const { coverage } = buffer.timeline;
    const found = ends(lines, BY_TIME);
    if (found !== null) coverage.add(found.from, next);
    buffer.insert(lines, keysOf(lines), this.#state.about());
    buffer.showGaps();
    if (lines.length < limit) buffer.complete = true;
    const moved = found !== null && found.from.time < next.time;
    done?.resolve({ count: lines.length, complete: buffer.complete, moved });
  }

  /** Lines right before the line `next`; a short page reaches back to the line `before`. */
  #takeGap(buffer, lines, { limit, done, next, before }) {
    const { coverage } = buffer.timeline;
    const found = ends(lines, BY_TIME);
    if (lines.length < limit || found === null) coverage.add(before, next);
    else coverage.add(found.from, next);
    buffer.insert(lines, keysOf(lines), this.#state.about());
    buffer.showGaps();
    done?.resolve({ count: lines.length, complete: buffer.complete });
  }

  #takeAround(buffer, page, { done }) {
    // Lines newer than the newest one shown arrive anyway: live, or by catching up.
    const lines = page.filter((line) => timeOf(line, 0) <= buffer.timeline.lastTime);
    const found = ends(lines, BY_TIME);
    if (found !== null) buffer.timeline.coverage.add(found.from, found.to);
    buffer.insert(lines, keysOf(lines), this.#state.about());
    buffer.showGaps();
    done?.resolve({ count: lines.length, complete: buffer.complete });
  }

  // Direct conversations.

  #targetsKnown() {
    const state = this.#state;
    const { people, first } = this.targets.end();
    people.forEach(({ name, time }, number) => {
      const buffer = state.buffer(name);
      const { timeline } = buffer;
      buffer.last = Math.max(buffer.last, time);
      buffer.depth = FIRST;
      if (first && !timeline.after && number >= MAX_DIRECT) {
        Object.assign(timeline, { after: `timestamp=${formatTime(time)}`, lastTime: time });
      } else if (!timeline.after || timeline.lastTime < time) {
        if (!first) timeline.after ||= BEGINNING;
        timeline.hold();
        this.catchUp(buffer);
      }
    });
    for (const [key, buffer] of state.buffers) {
      if (buffer.room || this.#waiting.has(buffer) || this.requests.catchingUp(key)) continue;
      buffer.timeline.after ||= BEGINNING; // not in the list: it has no messages
      state.caughtUp(buffer);
    }
    state.targetsKnown();
  }
}

/** The buffer with the latest message. @param {Buffer[]} buffers */
const latest = (buffers) => buffers.reduce((one, other) => (other.last > one.last ? other : one));
const BY_TIME = (line) => timeOf(line, 0);
const NONE = () => new ChatError('NO_HISTORY', 'This server keeps no history for clients.');

/** @param {Line[]} lines of a page */
function keysOf(lines) {
  const keys = new Keys();
  return lines.map((line) => keys.key(line));
}
