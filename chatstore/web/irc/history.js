/**
 * History: catching up, older pages, gaps, places in the past. The rule that keeps "no gap, no duplicate" is the one
 * of chatstore/client/state.py:
 *
 * From the moment a connection begins until the history of a room is complete, its live lines wait in
 * `timeline.held`. History is asked for AFTER the last line shown, page by page until a page is shorter than its
 * limit; then the lines that waited follow, without those that were in a page. Only what was shown moves
 * `timeline.after`, so a connection that breaks anywhere in this costs nothing: the next one asks from the same
 * place. Direct conversations do the same once CHATHISTORY TARGETS has told which of them have news.
 *
 * Where more was missed than MOST_PAGES, the newest page is shown behind a gap, which older() fills.
 */

import { Refusal } from './answers.js';
import { fold } from './names.js';
import { People } from './people.js';
import { Requests } from './requests.js';
import { BEGINNING, Keys } from './timeline.js';
import { formatTime, timeOf } from './times.js';

/** @typedef {import('./conversation.js').Conversation} Conversation */
/** @typedef {import('./line.js').Line} Line */

/** Lines that a conversation shows when it is first seen. */
export const FIRST = 50;
/** A page where the server doesn't say how much it gives, and what is asked for at most. */
const PAGE = 50;
const MAX_PAGE = 200;
/** Pages of what was missed, before the rest is left for whoever scrolls there. */
export const MOST_PAGES = 5;
/** Direct conversations whose last lines are asked for unasked; of the others, when they are opened. */
const MOST_DIRECT = 30;
/** Tokens of the PINGs behind our questions: the server answers in order. */
export const PAGES = 'page-';

export class History {
  page = PAGE;
  requests = new Requests();
  people = new People();
  /** How many pages of what was missed a conversation was given on this connection. @type {Map<string, number>} */
  #pages = new Map();
  /** The number of the last request that no PING is behind yet; 0 without one. */
  #asked = 0;
  #state;

  /** @param {import('./state.js').ChatState} state */
  constructor(state) {
    this.#state = state;
  }

  get kept() {
    return ['draft/chathistory', 'batch', 'message-tags'].every((cap) => this.#state.caps.has(cap));
  }

  begin() {
    this.requests = new Requests();
    this.#pages = new Map();
    this.#asked = 0;
    this.page = PAGE;
    this.people.begin(!this.kept);
  }

  lost() {
    for (const { done } of this.requests.all()) done?.reject(new Refusal('LOST', 'the connection was lost'));
  }

  /** The server gives at most so many lines at once; 0: any number. */
  setPage(lines) {
    this.page = Math.min(lines, MAX_PAGE) || MAX_PAGE;
  }

  // Asking.

  /** Put a PING behind what was asked, all of it, if it is not there yet. */
  fence() {
    if (this.#asked > 0) this.#state.send('PING', `${PAGES}${this.#asked}`);
    this.#asked = 0;
  }

  /** @param {Conversation} conversation */
  catchUp(conversation) {
    const { timeline, depth } = conversation;
    if (!this.kept) this.#state.caughtUp(conversation);
    else if (timeline.after) this.#ask('after', conversation, 'AFTER', timeline.after, { limit: this.page });
    else this.#ask('latest', conversation, 'LATEST', '*', { limit: Math.max(1, Math.min(depth, this.page)) });
  }

  /** Which direct conversations have news? */
  askPeople(since = 0) {
    this.#asked = this.requests.ask({ purpose: 'targets', key: '', limit: this.page });
    this.#state.send('CHATHISTORY', ...this.people.question(this.page, since));
  }

  /**
   * The lines before the first one that was shown, or some of those that are missing in a gap.
   * @param {Conversation} conversation
   * @param {number} limit
   * @param {string} gap the key of its entry
   * @param {Request['done']} done
   */
  older(conversation, limit, gap, done) {
    const { timeline } = conversation;
    const most = Math.max(1, Math.min(limit, this.page));
    const place = gap ? conversation.placeOf(gap) : -1;
    if (!this.kept) done.reject(new Refusal('NO_HISTORY', 'this server keeps no history for clients'));
    else if (gap && place < 0) done.resolve({ count: 0, complete: conversation.complete });
    else if (gap) this.#fill(conversation, place, most, done);
    else if (timeline.oldest) {
      this.#ask('older', conversation, 'BEFORE', `msgid=${timeline.oldest}`, { limit: most, done });
    } else if (conversation.room || timeline.held !== null) {
      this.#ask('older', conversation, 'LATEST', '*', { limit: most, done });
    } else {
      timeline.hold();
      this.#ask('latest', conversation, 'LATEST', '*', { limit: most, done });
    }
  }

  /** Lines around a message that is not among the entries. */
  around(conversation, msgid, limit, done) {
    if (conversation.placeOf(msgid) >= 0) done.resolve({ count: 0, complete: conversation.complete });
    else if (!this.kept) done.reject(new Refusal('NO_HISTORY', 'this server keeps no history for clients'));
    else {
      this.#ask('around', conversation, 'AROUND', `msgid=${msgid}`, { limit: Math.min(limit, this.page), done });
    }
  }

  /** A page of lines that nobody shows. `done` gets them. */
  lines(conversation, subcommand, selector, done) {
    this.#ask('page', conversation, subcommand, selector, { limit: this.page, done });
  }

  #fill(conversation, place, limit, done) {
    const { key, msgid } = conversation.entries[place];
    const before = conversation.msgidBefore(place);
    const next = `msgid=${msgid}`;
    if (before) this.#ask('gap', conversation, 'BETWEEN', `${next} msgid=${before}`, { limit, done, gap: key });
    else this.#ask('gap', conversation, 'BEFORE', next, { limit, done, gap: key });
  }

  #ask(purpose, conversation, subcommand, selector, { limit, done = null, gap = '' }) {
    const key = fold(conversation.name);
    this.#asked = this.requests.ask({ purpose, key, limit, selector, gap, done });
    this.#state.send('CHATHISTORY', subcommand, conversation.name, ...selector.split(' '), String(limit));
  }

  // Answers.

  /**
   * A batch of history is complete.
   * @param {import('./requests.js').Batch} batch
   */
  came(batch) {
    const request = this.requests.answered(batch);
    if (request === null) return;
    if (request.purpose === 'targets') {
      const since = this.people.came(batch, request.limit);
      if (since !== null) this.askPeople(since);
      else this.#peopleKnown();
      return;
    }
    const conversation = this.#state.conversations.get(request.key);
    if (conversation === undefined) {
      request.done?.reject(new Refusal('GONE', 'this conversation is closed'));
      return;
    }
    const { lines } = batch;
    if (request.purpose === 'page') request.done?.resolve(lines);
    else if (request.purpose === 'older') this.#olderCame(conversation, lines, request);
    else if (request.purpose === 'gap') this.#gapCame(conversation, lines, request);
    else if (request.purpose === 'around') this.#aroundCame(conversation, lines, request);
    else this.#pageCame(conversation, lines, request);
  }

  /** A FAIL CHATHISTORY. Whether somebody waits for its words. @param {Line} line */
  failed(line) {
    if (line.params[1] === 'BUSY') return false; // the PONG that follows finds the question unanswered
    const request = this.requests.failed(line);
    if (request === null) return false;
    const conversation = this.#state.conversations.get(request.key);
    request.done?.reject(new Refusal(line.params[1] ?? '', line.params[line.params.length - 1] ?? ''));
    if (request.purpose === 'targets') this.#peopleKnown();
    else if (request.purpose === 'after' && conversation?.timeline.after !== BEGINNING && conversation) {
      // The line that we know last is not there any more (pruned away): the newest ones are shown behind a gap.
      this.#ask('skip', conversation, 'LATEST', '*', { limit: this.page });
      return true;
    } else if (['latest', 'after', 'skip'].includes(request.purpose) && conversation) {
      this.#state.caughtUp(conversation);
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
    for (const { done } of requests) done?.reject(new Refusal('NO_ANSWER', 'the server gave no history'));
    return requests.some(({ purpose }) => ['latest', 'after', 'skip', 'targets'].includes(purpose));
  }

  #pageCame(conversation, lines, request) {
    const { timeline } = conversation;
    const before = timeline.after;
    const keys = new Keys();
    const named = lines.map((line) => /** @type {[string, Line]} */ ([keys.key(line), line]));
    if (request.purpose === 'skip' && lines.length > 0) this.#leaveGap(conversation, named, request);
    for (const [key, line] of named) {
      timeline.overtake(key, line);
      this.#state.showLine(conversation, key, line);
    }
    if (request.purpose === 'latest' && lines.length < request.limit) conversation.complete = true;
    const whole = lines.length < request.limit || timeline.after === before;
    if (request.purpose === 'after' && !whole) {
      this.#goOn(conversation, request);
      return;
    }
    timeline.after ||= BEGINNING;
    this.#state.caughtUp(conversation);
    request.done?.resolve({ count: lines.length, complete: conversation.complete });
  }

  #goOn(conversation, request) {
    const key = fold(conversation.name);
    const pages = (this.#pages.get(key) ?? 0) + 1;
    this.#pages.set(key, pages);
    if (pages < MOST_PAGES) this.#ask('after', conversation, 'AFTER', conversation.timeline.after, request);
    else this.#ask('skip', conversation, 'LATEST', '*', { limit: request.limit });
  }

  /** The newest lines have come; where they don't follow what was shown, there is a gap before them. */
  #leaveGap(conversation, named, request) {
    const meets = named.some(([key]) => conversation.timeline.knows(key)) || named.length < request.limit;
    const first = named.find(([, line]) => line.tags.msgid)?.[1];
    if (meets || first === undefined || conversation.entries.length === 0) return;
    conversation.addGap(conversation.entries.length, first.tags.msgid, timeOf(first, 0));
  }

  #olderCame(conversation, lines, { limit, done }) {
    const keys = new Keys();
    conversation.insert(lines, lines.map((line) => keys.key(line)), 0, this.#state.about());
    conversation.timeline.cameOlder(lines);
    if (lines.length < limit) conversation.complete = true;
    conversation.changed();
    done?.resolve({ count: lines.length, complete: conversation.complete });
  }

  #gapCame(conversation, lines, { limit, done, gap }) {
    const keys = new Keys();
    const place = conversation.placeOf(gap);
    if (place >= 0) {
      conversation.insert(lines, lines.map((line) => keys.key(line)), place + 1, this.#state.about());
      const first = lines.find((line) => line.tags.msgid);
      conversation.moveGap(gap, lines.length < limit ? '' : first?.tags.msgid ?? '', first ? timeOf(first, 0) : 0);
    }
    done?.resolve({ count: lines.length, complete: conversation.complete });
  }

  #aroundCame(conversation, lines, { done }) {
    const keys = new Keys();
    const named = lines.map((line) => keys.key(line));
    const { entries, timeline } = conversation;
    const last = lines.length > 0 ? timeOf(lines[lines.length - 1], 0) : 0;
    const later = entries.findIndex((one) => one.time > last);
    const place = later < 0 ? entries.length : later;
    const meets = named.some((key) => conversation.placeOf(key) >= 0);
    if (lines.length > 0 && !meets) this.#placeExcerpt(conversation, lines, named, place);
    else if (lines.length > 0) this.#joinExcerpt(conversation, lines, named);
    if (place === 0 && lines.length > 0) timeline.cameOlder(lines);
    conversation.changed();
    done?.resolve({ count: lines.length, complete: conversation.complete });
  }

  /** Lines that touch nothing that is here: between gaps. */
  #placeExcerpt(conversation, lines, named, place) {
    const { entries, timeline } = conversation;
    const next = entries[place];
    const first = lines.find((line) => line.tags.msgid);
    const following = place === 0 ? timeline.oldest : next?.msgid;
    if (next !== undefined && next.kind !== 'gap' && following) conversation.addGap(place, following, next.time);
    conversation.insert(lines, named, place, this.#state.about());
    if (place > 0 && first && entries[place - 1].kind !== 'gap') {
      conversation.addGap(place, first.tags.msgid, timeOf(first, 0));
    } else if (place > 0 && first) {
      this.#splitGap(conversation, place, first);
    }
  }

  /** They stand in a gap: what was missing before the line after it is now missing on both sides. */
  #splitGap(conversation, place, first) {
    const gap = conversation.entries[place - 1];
    const end = conversation.entries.findIndex((one, at) => at >= place && one.msgid === gap.msgid);
    conversation.moveGap(gap.key, first.tags.msgid, timeOf(first, 0));
    if (end >= 0) conversation.addGap(end, gap.msgid, gap.time);
  }

  /** Lines of which some are here: those before the first one that is here follow each other up to it. */
  #joinExcerpt(conversation, lines, named) {
    const meeting = named.findIndex((key) => conversation.placeOf(key) >= 0);
    const place = conversation.placeOf(named[meeting]);
    conversation.insert(lines.slice(0, meeting), named.slice(0, meeting), place, this.#state.about());
  }

  // Direct conversations.

  #peopleKnown() {
    const state = this.#state;
    const { people, first } = this.people.end();
    people.forEach(({ name, time }, number) => {
      const conversation = state.conversation(name);
      const { timeline } = conversation;
      conversation.last = Math.max(conversation.last, time);
      conversation.depth = FIRST;
      if (first && !timeline.after && number >= MOST_DIRECT) {
        Object.assign(timeline, { after: `timestamp=${formatTime(time)}`, lastTime: time });
      } else if (!timeline.after || timeline.lastTime < time) {
        if (!first) timeline.after ||= BEGINNING;
        timeline.hold();
        this.catchUp(conversation);
      }
    });
    for (const [key, conversation] of state.conversations) {
      if (!conversation.room && !this.requests.catchingUp(key)) state.caughtUp(conversation);
    }
    state.peopleKnown();
  }
}
