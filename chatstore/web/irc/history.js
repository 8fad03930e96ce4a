/**
 * History: catching up, older pages, gaps, places in the past. The rule that keeps "no gap, no duplicate" is the one
 * of chatstore/client/state.py:
 *
 * From the moment a connection begins until the history of a room is complete, its live lines wait in
 * `timeline.held`. History is asked for AFTER the last line shown, page by page until a page is shorter than its
 * limit; then the lines that waited follow, without those that were in a page. Only what was shown moves
 * `timeline.after`, so a connection that breaks anywhere in this costs nothing: the next one asks from the same
 * place. Direct buffers do the same once CHATHISTORY TARGETS has told which of them have news.
 *
 * Few buffers catch up at once, the open one first: with a hundred rooms what a person says next must not wait
 * behind a hundred questions.
 *
 * Where more was missed than MAX_CATCH_UP_PAGES, the newest page is shown behind a gap, which older() fills.
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

/** Lines that a buffer shows when it is first seen. */
export const FIRST = 50;
/** Conversations that catch up at once. */
const TOGETHER = 4;
/** A page where the server doesn't say how much it gives; what is asked for at most, unasked and by a person. */
const PAGE = 50;
const MAX_PAGE = 200;
const MAX_OLDER_PAGE = 1000;
/** Pages of what was missed, before the rest is left for whoever scrolls there. */
export const MAX_CATCH_UP_PAGES = 5;
/** Direct buffers whose last lines are asked for unasked; of the others, when they are opened. */
const MAX_DIRECT = 30;
/** The tag of a batch that our server has cut because of its bytes. */
const PARTIAL = 'chatstore/partial';
/** Tokens of the PINGs behind our questions: the server answers in order. */
export const PAGES = 'page-';

export class History {
  page = PAGE;
  largest = PAGE;
  requests = new Requests();
  targets = new Targets();
  /** How many buffers may catch up at once. */
  together = TOGETHER;
  /** Those whose turn has not come. @type {Set<Buffer>} */
  #waiting = new Set();
  /** How many pages of what was missed a buffer was given on this connection. @type {Map<string, number>} */
  #pages = new Map();
  /** The number of the last request that no PING is behind yet; 0 without one. */
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
    for (const { done } of this.requests.all()) done?.reject(new ChatError('LOST', 'the connection was lost'));
  }

  /** The server gives at most so many lines at once; 0: any number. */
  setPage(lines) {
    this.page = Math.min(lines, MAX_PAGE) || MAX_PAGE;
    this.largest = Math.min(lines, MAX_OLDER_PAGE) || MAX_OLDER_PAGE;
  }

  // Asking.

  /** Put a PING behind what was asked, all of it, if it is not there yet. */
  fence() {
    if (this.#asked > 0) this.#state.send('PING', `${PAGES}${this.#asked}`);
    this.#asked = 0;
  }

  /** Have what was missed, when its turn comes. @param {Buffer} buffer */
  catchUp(buffer) {
    if (!this.kept) {
      this.#state.caughtUp(buffer);
      return;
    }
    this.#waiting.add(buffer);
    this.#next();
  }

  /** Whose turn it is: the open buffer's, then theirs in which something was said last. */
  #next() {
    while (this.#waiting.size > 0 && this.requests.catchUps < this.together) {
      const open = this.#state.buffers.get(this.#state.open);
      const next = open && this.#waiting.has(open) ? open : latest([...this.#waiting]);
      this.#waiting.delete(next);
      // Who has left meanwhile has nothing to catch up.
      if (next.timeline.held !== null && this.#state.buffers.get(fold(next.name)) === next) this.#begin(next);
    }
  }

  #begin(buffer) {
    const { timeline, depth } = buffer;
    if (timeline.after) this.#ask('after', buffer, 'AFTER', timeline.after, { limit: this.page });
    else this.#ask('latest', buffer, 'LATEST', '*', { limit: Math.max(1, Math.min(depth, this.page)) });
  }

  /** Which direct conversations have news? */
  askTargets(since = 0) {
    this.#asked = this.requests.ask({ purpose: 'targets', key: '', limit: this.page });
    this.#state.send('CHATHISTORY', ...this.targets.question(this.page, since));
  }

  /**
   * The lines before the first one that was shown, or some of those that are missing in a gap. The answer tells whether
   * the first line is another one now (`moved`): who asks again and again stops where it isn't.
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
        else done.reject(new ChatError('LOST', 'the connection was lost'));
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

  /** Lines around a message that is not among the entries. */
  around(buffer, msgid, limit, done) {
    const most = Math.max(1, Math.min(limit, this.page));
    if (buffer.has(msgid)) done.resolve({ count: 0, complete: buffer.complete });
    else if (!this.kept) done.reject(NONE());
    else this.#ask('around', buffer, 'AROUND', `msgid=${msgid}`, { limit: most, done });
  }

  /** A page of lines that nobody shows. `done` gets them. */
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

  // Responses.

  /**
   * A batch of history is complete.
   * @param {import('./requests.js').Batch} batch
   */
  came(batch) {
    const request = this.requests.answered(batch);
    if (request === null) return;
    this.#take(batch, request);
    this.#next();
  }

  #take(batch, request) {
    if (request.purpose === 'targets') {
      const since = this.targets.came(batch, request.limit);
      if (since !== null) this.askTargets(since);
      else this.#targetsKnown();
      return;
    }
    const buffer = this.#state.buffers.get(request.key);
    if (buffer === undefined) {
      request.done?.reject(new ChatError('GONE', 'this conversation is closed'));
      return;
    }
    const { lines } = batch;
    // Short because of its bytes: there is more, as after a page of full length.
    if (PARTIAL in batch.opened.tags) request.limit = Math.min(request.limit, lines.length);
    if (request.purpose === 'page') request.done?.resolve(lines);
    else if (request.purpose === 'older') this.#olderCame(buffer, lines, request);
    else if (request.purpose === 'gap') this.#gapCame(buffer, lines, request);
    else if (request.purpose === 'around') this.#aroundCame(buffer, lines, request);
    else this.#pageCame(buffer, lines, request);
  }

  /** A FAIL CHATHISTORY. Whether somebody waits for its words. @param {Line} line */
  failed(line) {
    if (line.params[1] === 'BUSY') return false; // the PONG that follows finds the question unanswered
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
      // The line that we know last is not there any more (pruned away): the newest ones are shown behind a gap.
      this.#ask('skip', buffer, 'LATEST', '*', { limit: this.page });
      return true;
    } else if (['latest', 'after', 'skip'].includes(request.purpose) && buffer) {
      this.#state.caughtUp(buffer);
    }
    return request.done !== null;
  }

  /**
   * A PONG: the server answers in order, so what was asked before it and has no answer gets none. Going on would
   * leave a gap that nobody sees; a new connection starts from what was shown.
   * @returns {boolean} whether that is so
   */
  unanswered(token) {
    const requests = this.requests.unanswered(Number(token.slice(PAGES.length)));
    for (const { done } of requests) done?.reject(new ChatError('NO_ANSWER', 'the server gave no history'));
    return requests.some(({ purpose }) => ['latest', 'after', 'skip', 'targets'].includes(purpose));
  }

  #pageCame(buffer, lines, request) {
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
    // Where a message of ours may be among what was missed, all of it is looked through.
    const whole = pages < MAX_CATCH_UP_PAGES || this.#state.outbox.unsettled(buffer);
    if (whole) this.#ask('after', buffer, 'AFTER', buffer.timeline.after, request);
    else this.#ask('skip', buffer, 'LATEST', '*', { limit: request.limit });
  }

  /** The newest lines have come; where they don't meet what was shown, there is a gap before them. */
  #leaveGap({ timeline }, named, request) {
    const meets = named.some(([key]) => timeline.knows(key)) || named.length < request.limit;
    if (meets) return;
    timeline.coverage.breakOff();
    // Live lines from before them, also those that come late, are in the gap.
    const first = timeOf(named[0][1], 0);
    timeline.firstTime = first;
    for (const [key, line] of timeline.held ?? []) {
      if (key.startsWith(' ') && timeOf(line, first) < first) timeline.held.delete(key);
    }
  }

  /** @param {Line[]} lines right before the line `next` */
  #olderCame(buffer, lines, { limit, done, next }) {
    const { coverage } = buffer.timeline;
    const found = ends(lines, BY_TIME);
    if (found !== null) coverage.add(found.from, next);
    buffer.insert(lines, keysOf(lines), this.#state.about());
    buffer.showGaps();
    if (lines.length < limit) buffer.complete = true;
    const moved = found !== null && found.from.time < next.time;
    done?.resolve({ count: lines.length, complete: buffer.complete, moved });
  }

  /** Lines right before the line `next`: where they are few, all that there are after the line `before`. */
  #gapCame(buffer, lines, { limit, done, next, before }) {
    const { coverage } = buffer.timeline;
    const found = ends(lines, BY_TIME);
    if (lines.length < limit || found === null) coverage.add(before, next);
    else coverage.add(found.from, next);
    buffer.insert(lines, keysOf(lines), this.#state.about());
    buffer.showGaps();
    done?.resolve({ count: lines.length, complete: buffer.complete });
  }

  #aroundCame(buffer, page, { done }) {
    // What is newer than the newest line shown is on its way: live, or as it is caught up.
    const lines = page.filter((line) => timeOf(line, 0) <= buffer.timeline.lastTime);
    const found = ends(lines, BY_TIME);
    if (found !== null) buffer.timeline.coverage.add(found.from, found.to);
    buffer.insert(lines, keysOf(lines), this.#state.about());
    buffer.showGaps();
    done?.resolve({ count: lines.length, complete: buffer.complete });
  }

  // Direct buffers.

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
      buffer.timeline.after ||= BEGINNING; // not in the list: nothing was ever said there
      state.caughtUp(buffer);
    }
    state.targetsKnown();
  }
}

/** The buffer in which something was said last. @param {Buffer[]} buffers */
const latest = (buffers) => buffers.reduce((one, other) => (other.last > one.last ? other : one));
const BY_TIME = (line) => timeOf(line, 0);
const NONE = () => new ChatError('NO_HISTORY', 'this server keeps no history for clients');

/** @param {Line[]} lines of a page */
function keysOf(lines) {
  const keys = new Keys();
  return lines.map((line) => keys.key(line));
}
