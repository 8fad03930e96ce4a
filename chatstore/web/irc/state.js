/**
 * What the page knows of the chat: rooms, members, what was shown, what of ours is stored. No I/O, no clock.
 *
 * Lines go in (`hear`), and lines to send come out (`take`); the page's actions are methods. How catching up leaves
 * no gap and shows nothing twice is told in history.js. Messages of ours wait until their buffer has caught
 * up; so one that was sent and not echoed when a connection broke is either among the lines that are caught up, or is
 * not stored.
 */

import { Responses, FENCE } from './responses.js';
import { Buffer } from './buffer.js';
import { FIRST, History } from './history.js';
import { format, nickOf } from './line.js';
import { PREFIX } from './members.js';
import { mentionMatcher, fold } from './names.js';
import { Outbox } from './outbox.js';
import { MULTILINE, bytes, multilineLimits } from './splitting.js';
import { BEGINNING } from './timeline.js';
import { formatTime } from './times.js';
import { Monitor } from './monitor.js';

/** @typedef {import('./line.js').Line} Line */

export const LABELS = 'labeled-response';
/** The PING behind the JOINs: a room that has no answer by then gets none. */
export const JOINS = 'joins';
/** WHOX: the token by which we know our own question, and its fields. */
export const WHO_TOKEN = '152';
const WHO_FIELDS = `%tcnfa,${WHO_TOKEN}`;
/** Names of rooms in one JOIN. */
const JOIN_BYTES = 400;
const FREE_TEXT = new Set(['PRIVMSG', 'TOPIC', 'PART', 'QUIT', 'REGISTER', 'AWAY', 'KICK', 'SETNAME']);

export class ChatState {
  nick = '';
  account = '';
  mask = '';
  connected = false;
  /** The welcome is over. */
  ready = false;
  /** Nothing of ours is sent while it isn't known whether the connection lives. */
  doubtful = false;
  /** Why the connection is to be given up. */
  broken = '';
  /** @type {Set<string>} */
  caps = new Set();
  /** What the server offers, with values. @type {Record<string, string>} */
  offered = {};
  /** Tokens of 005. @type {Map<string, string>} */
  isupport = new Map();
  /** Of the server's database, as it was named last; '' while it was not. */
  #incarnation = '';
  /** Called with the names of capabilities that the server offers by now. */
  wantsCaps = null;
  /** @type {import('./splitting.js').Multiline | null} */
  multiline = null;
  modes = { prefix: PREFIX };
  persistent = false;
  away = '';
  /** @type {Map<string, Buffer>} */
  buffers = new Map();
  /** Rooms that somebody invites us to. @type {Array<{room: string, by: string, time: number}>} */
  invitations = [];
  /** What the server says of no buffer. @type {Array<{time: number, text: string, code: string}>} */
  notices = [];
  /** What has just been said, live: for whoever notifies of it. @type {Array<{target: string, entry: object}>} */
  arrived = [];
  now = 0;
  /** The folded name of the buffer that the person has before them; '' for none. */
  open = '';
  responses = new Responses();
  outbox = new Outbox(this);
  history = new History(this);
  /** The number of the connection. */
  connection = 0;
  /** @type {string[]} */
  #lines = [];
  /** @type {string[]} */
  #later = [];
  #monitor = new Monitor(this);
  /** Conversations that were taken out of the list: there may be a past that is not here. @type {Set<string>} */
  #closed = new Set();
  #mentions = mentionMatcher('');

  // What may be known.

  /** The room or the person of this name; a new one when nothing is known of it. */
  buffer(name) {
    const key = fold(name);
    let one = this.buffers.get(key);
    if (one === undefined) {
      one = new Buffer(name);
      one.incarnation = this.#incarnation;
      this.buffers.set(key, one);
      if (this.connected && this.history.kept && !one.room && !this.history.targets.known) one.timeline.hold();
      if (this.ready && !one.room && this.history.targets.known) this.#newDirect(one);
    }
    return one;
  }

  isMe(nick) {
    return fold(nick) === fold(this.nick);
  }

  /** What entries are made with. */
  about() {
    return { now: this.now, isMe: (nick) => this.isMe(nick), mentions: this.#mentions };
  }

  setNick(nick) {
    this.nick = nick;
    this.#mentions = mentionMatcher(nick);
  }

  has(cap) {
    return this.caps.has(cap);
  }

  /** Take what was kept of buffers. @param {object[]} records of Buffer.toRecord() */
  restore(records) {
    for (const record of records) this.buffer(record.name).restore(record);
  }

  /**
   * The server names its database. What is here of another one (a backup was put back, say) is let go: there the same
   * ids are other messages. What we said and has no receipt stays. Spec: docs/extensions.md, chatstore/INCARNATION.
   */
  incarnationIs(token) {
    this.#incarnation = token;
    let other = false;
    for (const [key, one] of this.buffers) {
      if (one.incarnation === token) continue;
      if (one.incarnation) {
        other = true;
        one.forgetHistory();
        if (!one.room && one.pending.length === 0) this.buffers.delete(key);
      }
      one.incarnation = token;
      one.changed();
    }
    if (!other) return;
    this.history.targets.listed = false;
    if (this.ready) this.broken = 'the server has another database';
  }

  // The connection.

  /**
   * A connection is logged in. The lines after the 001 are to be heard.
   * @param {{nick: string, account?: string, caps: Iterable<string>, offered?: Record<string, string>}} login
   */
  begin({ nick, account = '', caps, offered = {} }) {
    this.setNick(nick);
    this.account = account;
    this.connected = true;
    this.ready = this.doubtful = false;
    this.broken = '';
    this.connection += 1;
    this.caps = new Set(caps);
    this.offered = offered;
    this.isupport = new Map();
    this.multiline = this.has('batch') && this.has(MULTILINE) ? multilineLimits(offered[MULTILINE] ?? '') : null;
    this.#monitor.begin();
    this.#later = [];
    this.persistent = false;
    this.invitations = [];
    this.history.begin();
    if (!this.history.kept) return;
    for (const one of this.buffers.values()) if (one.wanted || !one.room) one.timeline.hold();
  }

  /** The connection is gone; what was held or half received will come again. */
  lost() {
    this.connected = this.ready = this.doubtful = false;
    this.broken = '';
    this.history.lost();
    this.responses.lost();
    for (const one of this.buffers.values()) one.leave();
  }

  /** The lines to send, in order. */
  take() {
    this.history.fence();
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** A line that may be sent whenever there is nothing more urgent: servers let nobody send many at once. */
  takeLater() {
    return this.#later.shift() ?? null;
  }

  /** Let go of typing signs whose time is over; when the next one's is. */
  tick(now) {
    this.now = now;
    let next = Infinity;
    for (const one of this.buffers.values()) {
      if (one.typing.expire(now)) one.changed();
      next = Math.min(next, one.typing.next);
    }
    return next;
  }

  sendLater(command, ...params) {
    this.#later.push(format(command, params));
  }

  send(command, ...params) {
    this.sendLine({ command, params, tags: {} });
  }

  /** @param {{command: string, params: string[], tags: Record<string, string>}} line */
  sendLine({ command, params, tags }) {
    const trailing = FREE_TEXT.has(command) && params.length > 1;
    this.#lines.push(format(command, params, { tags, trailing }));
  }

  /**
   * Ask something. `quiet`: the answer is for whoever asks, and not for the state.
   * @returns {Promise<Line[]>}
   * @throws {LineError} for what no line can carry
   */
  ask(command, params, { quiet = false, tags = {} } = {}) {
    const { label, answer } = this.responses.ask(quiet);
    if (this.has(LABELS)) {
      this.sendLine({ command, params, tags: { ...tags, label } });
    } else {
      this.sendLine({ command, params, tags });
      this.send('PING', FENCE + label);
    }
    return answer;
  }

  // What the person does.

  /** The person has this buffer before them: it comes first, and who is away there is asked. */
  watch(name) {
    this.open = fold(name);
    const buffer = this.buffers.get(this.open);
    if (this.ready && buffer?.joined) this.askWho(buffer);
  }

  /**
   * Who of an open room is away: once a connection, the changes are told (away-notify). For all rooms at once the
   * answers would be in the way of what is said. Spec: WHOX.
   */
  askWho(buffer) {
    const open = fold(buffer.name) === this.open;
    const asked = buffer.members.size === 0 || buffer.asked === this.connection;
    if (!open || asked || !this.isupport.has('WHOX')) return;
    buffer.asked = this.connection;
    this.send('WHO', buffer.name, WHO_FIELDS);
  }

  join(name, password = '') {
    const buffer = this.buffer(name);
    Object.assign(buffer, { wanted: true, joining: true, depth: FIRST });
    buffer.password = password || buffer.password;
    if (this.history.kept) buffer.timeline.hold();
    return this.ask('JOIN', password ? [name, password] : [name]);
  }

  /** All of a buffer is read, as far as it is here; other devices are told. */
  markRead(target) {
    const buffer = this.buffers.get(fold(target));
    const until = buffer?.lastSaid;
    if (!until) return;
    buffer.read(until);
    if (!this.ready || !this.has('draft/read-marker') || until <= buffer.marked) return;
    buffer.marked = until;
    this.send('MARKREAD', buffer.name, `timestamp=${formatTime(until)}`);
  }

  /** The connection has shown that it lives, or that this isn't sure any more. */
  doubt(doubtful) {
    this.doubtful = doubtful;
    if (!doubtful) this.outbox.sendAll();
  }

  // For hearing.js: what the server's lines do.

  /** A line of a room or of a buffer: it is shown, now or after the history before it. */
  receive(buffer, line) {
    const { timeline } = buffer;
    const key = timeline.keys.key(line);
    buffer.changed();
    if (timeline.held === null) this.showLine(buffer, key, line);
    else if (!timeline.knows(key)) timeline.keep(key, line);
  }

  /** The welcome is over: what the server can do is known, and which rooms it put us into. */
  welcomed() {
    if (this.ready) return;
    this.ready = true;
    if (!this.persistent) this.#joinAgain();
    this.send('PING', JOINS);
    for (const one of this.buffers.values()) if (one.joined) this.history.catchUp(one);
    if (this.history.kept) this.history.askTargets();
    else for (const one of this.buffers.values()) this.caughtUp(one);
  }

  /** Enter the rooms that we were in, in as few lines as can be: each of them counts. */
  #joinAgain() {
    const rooms = [...this.buffers.values()].filter((one) => one.room && one.wanted && !one.joined);
    for (const { name, password } of rooms) if (password) this.send('JOIN', name, password);
    for (let names = rooms.filter((one) => !one.password).map((one) => one.name); names.length > 0;) {
      let count = 1;
      while (count < names.length && bytes(names.slice(0, count + 1).join()) <= JOIN_BYTES) count += 1;
      this.send('JOIN', names.splice(0, count).join());
    }
  }

  /** We are a member now, or the server says after its welcome that we still are. */
  selfJoined(buffer, line) {
    if (buffer.joined) return;
    buffer.depth = FIRST;
    buffer.joined = buffer.wanted = true;
    buffer.joining = false;
    if (this.history.kept) buffer.timeline.hold();
    if (line.tags.msgid || !this.history.kept) this.receive(buffer, line);
    if (this.ready) this.history.catchUp(buffer);
    this.decline(buffer.name);
    buffer.changed();
  }

  /** An invitation is taken, or not wanted. */
  decline(room) {
    this.invitations = this.invitations.filter((one) => fold(one.room) !== fold(room));
  }

  /** We are no member any more. */
  selfLeft(buffer) {
    buffer.leave();
    buffer.wanted = false;
    this.outbox.closed(buffer, 'you are not in the room any more');
  }

  /** The PONG behind the JOINs: rooms that are not shown by now are not ours any more. */
  joinsAnswered() {
    for (const one of this.buffers.values()) {
      if (!one.room || !one.wanted || one.joined || one.joining) continue;
      this.selfLeft(one);
      this.notice(`you are not in ${one.name} any more`);
      if (this.persistent && one.pending.length === 0) this.forget(one);
    }
  }

  joinRefused(buffer, why) {
    buffer.leave();
    buffer.wanted = false;
    this.outbox.closed(buffer, why);
    if (buffer.entries.length === 0 && buffer.pending.length === 0) this.forget(buffer);
  }

  /** A buffer is not to be seen any more. */
  forget(buffer) {
    this.outbox.closed(buffer, '');
    this.#closed.add(fold(buffer.name));
    this.buffers.delete(fold(buffer.name));
  }

  /** A room or a person has another name. */
  renamed(from, to) {
    const buffer = this.buffers.get(fold(from));
    if (buffer === undefined) return;
    this.buffers.delete(fold(from));
    buffer.name = to;
    this.buffers.set(fold(to), buffer);
    this.outbox.renamed(from, to);
    buffer.changed();
  }

  notice(text, code = '') {
    this.notices = [...this.notices.slice(-199), { time: this.now, text, code }];
  }

  // For history.js.

  showLine(buffer, key, line) {
    const known = buffer.timeline.knows(key);
    const shows = buffer.timeline.shows(key, line, this.now);
    // What comes too late to be shown in its place is a receipt all the same.
    if (!known && line.command === 'PRIVMSG' && this.isMe(nickOf(line.source))) this.outbox.stored(buffer, line);
    if (!shows) return;
    const one = buffer.take(key, line, this.about());
    if (one !== null && !line.tags.batch) this.arrived.push({ target: buffer.name, entry: one });
  }

  /** All that is stored of a buffer is shown. */
  caughtUp(buffer) {
    for (const [key, line] of buffer.timeline.release()) this.showLine(buffer, key, line);
    // Where nothing was marked ever, what was said before we came is not news.
    const unmarked = buffer.room || !this.has('draft/read-marker');
    if (unmarked && buffer.readUntil === null) buffer.read(buffer.lastSaid);
    this.outbox.settle(buffer);
    buffer.changed();
  }

  /** The direct conversations are known: what was read of them, and who is there, is asked now. */
  targetsKnown() {
    const directs = [...this.buffers.values()].filter((one) => !one.room);
    directs.sort((one, other) => other.last - one.last);
    if (this.has('draft/read-marker')) {
      for (const one of directs) if (one.last > (one.readUntil ?? 0)) this.sendLater('MARKREAD', one.name);
    }
    this.#monitor.add(directs.map((one) => one.name));
  }

  /** A direct conversation that was not among those that there were: all of it is news, unless it was closed. */
  #newDirect(buffer) {
    buffer.read(0);
    if (!this.#closed.has(fold(buffer.name))) buffer.timeline.after = BEGINNING;
    if (this.has('draft/read-marker')) this.sendLater('MARKREAD', buffer.name);
    this.#monitor.add([buffer.name]);
  }
}
