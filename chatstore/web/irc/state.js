/**
 * The state of the chat: buffers, members, what was shown, which of our messages are stored. No I/O and no clock.
 *
 * handlers.js applies the server's lines to it, and `take` returns the lines to send. history.js explains how catching
 * up leaves no gap and no duplicate, outbox.js what happens to our messages when a connection breaks.
 */

import { FENCE, Responses } from './responses.js';
import { Buffer } from './buffer.js';
import { FIRST, History } from './history.js';
import { ADMINISTRATION } from './login.js';
import { format, nickOf } from './line.js';
import { PREFIX } from './members.js';
import { fold, mentionMatcher } from './names.js';
import { IGNORE, Ignore } from './ignore.js';
import { NOTIFY, Notify } from './notify.js';
import { Outbox } from './outbox.js';
import { KEYS, METADATA, NOBODY, PINNED, Profiles } from './profiles.js';
import { MULTILINE, bytes, multilineLimits } from './splitting.js';
import { BEGINNING } from './timeline.js';
import { formatTime } from './times.js';
import { Monitor } from './monitor.js';

/** @typedef {import('./line.js').Line} Line */

export const LABELS = 'labeled-response';
/** The token of the PING after the JOINs: a room without an answer by its PONG gets none. */
export const JOINS = 'joins';
/** WHOX: the token that marks the answers to our query, and the fields that we ask for. */
export const WHO_TOKEN = '152';
const WHO_FIELDS = `%tcnfa,${WHO_TOKEN}`;
/** Bytes of room names in one JOIN. */
const JOIN_BYTES = 400;
const FREE_TEXT = new Set(['PRIVMSG', 'TOPIC', 'PART', 'QUIT', 'REGISTER', 'AWAY', 'KICK', 'SETNAME']);

export class ChatState {
  nick = '';
  account = '';
  mask = '';
  connected = false;
  /** Whether the welcome is complete. */
  ready = false;
  /** Whether the connection may be dead: our messages wait until it has answered. */
  doubtful = false;
  /** Why the connection must be dropped; '' while it is fine. */
  broken = '';
  /** @type {Set<string>} */
  caps = new Set();
  /** The capabilities that the server offers, with values. @type {Record<string, string>} */
  offered = {};
  /** The server's table of room settings. @type {Map<string, import('./room-settings.js').Setting>} */
  settings = new Map();
  /** ISUPPORT tokens. @type {Map<string, string>} */
  isupport = new Map();
  /** The last known incarnation of the server's database; '' while unknown. */
  #incarnation = '';
  /** Called with the names of newly offered capabilities. */
  wantsCaps = null;
  /** @type {import('./splitting.js').Multiline | null} */
  multiline = null;
  modes = { prefix: PREFIX };
  /**
   * What waits for us as an administrator; null for everybody else.
   * @type {{waiting: number, reports: number, warnings: number} | null}
   */
  administration = null;
  persistent = false;
  away = '';
  /** @type {Map<string, Buffer>} */
  buffers = new Map();
  /** Rooms that we are invited to. @type {Array<{room: string, by: string, time: number}>} */
  invites = [];
  /** Notices of the server that belong to no buffer. @type {Array<{time: number, text: string, code: string}>} */
  notices = [];
  /** New live messages, for notifications. @type {Array<{target: string, entry: object}>} */
  arrived = [];
  now = 0;
  /** The folded name of the open buffer; '' for none. */
  open = '';
  responses = new Responses();
  /** What we want to be told of. */
  notify = new Notify();
  ignore = new Ignore();
  /** How people want to be shown. */
  profiles = new Profiles();
  /** Folded names of the account's favourites; null until the server tells. @type {Set<string> | null} */
  favourites = null;
  outbox = new Outbox(this);
  history = new History(this);
  /** The number of the current connection. */
  connection = 0;
  /** @type {string[]} */
  #lines = [];
  /** @type {string[]} */
  #later = [];
  #monitor = new Monitor(this);
  /** Buffers that were closed: they may have history that is not loaded. @type {Set<string>} */
  #closed = new Set();
  #mentions = mentionMatcher('');

  // Lookup.

  /** The buffer of this name; it is created where there is none. */
  buffer(name) {
    const key = fold(name);
    let one = this.buffers.get(key);
    if (one === undefined) {
      one = new Buffer(name);
      one.incarnation = this.#incarnation;
      one.isIgnored = (said) => this.ignore.has(said);
      this.buffers.set(key, one);
      if (this.connected && this.history.kept && !one.room && !this.history.targets.known) one.timeline.hold();
      if (this.ready && !one.room && this.history.targets.known) this.#newDirect(one);
    }
    return one;
  }

  isMe(nick) {
    return fold(nick) === fold(this.nick);
  }

  /** What entryOf() needs besides the line. */
  about() {
    return {
      now: this.now, isMe: (nick) => this.isMe(nick), settings: this.settings,
      mentions: (text) => this.#mentions(text) || this.notify.mentions(text),
    };
  }

  setNick(nick) {
    this.nick = nick;
    this.#mentions = mentionMatcher(nick);
  }

  has(cap) {
    return this.caps.has(cap);
  }

  /** Restore buffers from the cache. @param {object[]} records of Buffer.toRecord() */
  restore(records) {
    for (const record of records) this.buffer(record.name).restore(record);
  }

  /**
   * The server names its database. If it is another one than before (a backup was restored, for example), drop the
   * history: the same msgids are other messages there. Our messages without a receipt stay.
   * Spec: docs/extensions.md, chatstore/INCARNATION.
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
    if (this.ready) this.broken = 'the server uses another database now';
  }

  // The connection.

  /**
   * A connection has logged in; its lines from the 001 on follow.
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
    this.profiles.begin();
    this.favourites = null;
    this.#later = [];
    this.persistent = false;
    // An administrator's forms stay open over a reconnect: the answer to PEOPLE ALLOWED decides.
    if (!this.has(ADMINISTRATION)) this.administration = null;
    this.invites = [];
    this.history.begin();
    if (!this.history.kept) return;
    for (const one of this.buffers.values()) if (one.wanted || !one.room) one.timeline.hold();
  }

  /** The connection is gone. Held and half-received lines are dropped: they come again. */
  lost() {
    this.connected = this.ready = this.doubtful = false;
    this.broken = '';
    this.history.lost();
    this.responses.lost();
    for (const one of this.buffers.values()) one.leave();
  }

  /** Take the lines to send, in order. */
  take() {
    this.history.fence();
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Take one line without urgency: servers limit how many lines one may send at once. */
  takeLater() {
    return this.#later.shift() ?? null;
  }

  /** Expire typing notices. Returns when the next one expires. */
  tick(now) {
    const muted = this.notify.nextChange(this.now);
    this.now = now;
    if (muted <= now) this.notifyChanged();
    let next = this.notify.nextChange(now);
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
   * Send a command and expect a response. `quiet`: it is for the caller alone, not for the state.
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

  // Actions.

  /** This buffer is open now: it catches up first, and we ask about it. */
  watch(name) {
    this.open = fold(name);
    const buffer = this.buffers.get(this.open);
    if (this.ready && buffer?.joined) this.askAbout(buffer);
    this.#askAboutDirect();
  }

  /** Ask how the other one of the open direct conversation wants to be shown: we may share no room. */
  #askAboutDirect() {
    const buffer = this.buffers.get(this.open);
    if (buffer !== undefined && !buffer.room && this.profiles.of(buffer.name) === NOBODY) this.askProfile(buffer.name);
  }

  /** Ask who is away in the open room, and for its settings, unless they are known. */
  askAbout(buffer) {
    this.askWho(buffer);
    const open = fold(buffer.name) === this.open;
    if (!open || !buffer.room || buffer.settingsAsked === this.connection || this.settings.size === 0) return;
    buffer.settingsAsked = this.connection;
    this.send('ROOM', buffer.name);
  }

  /** Add a row to the table of room settings; null ends the table. */
  describeSetting(setting) {
    if (setting !== null) this.settings.set(setting.name, setting);
    const open = this.buffers.get(this.open);
    if (setting === null && open?.joined) this.askAbout(open);
  }

  /**
   * Ask who is away in the open room, once per connection; away-notify reports changes. For all rooms at once, the
   * answers would delay messages. Spec: WHOX.
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
    buffer.password = password || buffer.password;
    if (!buffer.joined) { // or no JOIN follows, which would end this
      Object.assign(buffer, { wanted: true, joining: true, depth: FIRST });
      if (this.history.kept) buffer.timeline.hold();
    }
    return this.ask('JOIN', password ? [name, password] : [name]);
  }

  /** Mark all loaded messages of a buffer as read, on other devices too. */
  markRead(target) {
    const buffer = this.buffers.get(fold(target));
    const until = buffer?.lastSaid;
    if (!until) return;
    buffer.read(until);
    if (!this.ready || !this.has('draft/read-marker') || until <= buffer.marked) return;
    buffer.marked = until;
    this.send('MARKREAD', buffer.name, `timestamp=${formatTime(until)}`);
  }

  /** Set whether the connection may be dead. */
  doubt(doubtful) {
    this.doubtful = doubtful;
    if (!doubtful) this.outbox.sendAll();
  }

  // For handlers.js.

  /** Take a live line of a buffer: show it now, or after the history before it. */
  receive(buffer, line) {
    const { timeline } = buffer;
    const key = timeline.keys.key(line);
    buffer.changed();
    if (timeline.held === null) this.showLine(buffer, key, line);
    else if (!timeline.knows(key)) timeline.keep(key, line);
  }

  /** The welcome is complete: join rooms, ask for settings and history. */
  welcomed() {
    if (this.ready) return;
    this.ready = true;
    if (!this.persistent) this.#joinAgain();
    // Before all history: the texts of entries are made with this table.
    if ('chatstore/rooms' in this.offered) this.send('ROOM', '*');
    if (this.has(ADMINISTRATION)) this.send('PEOPLE', 'ALLOWED');
    if (this.has(NOTIFY) && this.account) this.send('NOTIFY', 'LIST');
    if (this.has(IGNORE) && this.account) this.send('IGNORE', 'LIST');
    if (this.has(METADATA)) this.send('METADATA', '*', 'SUB', ...KEYS, ...(this.account ? [PINNED] : []));
    this.send('PING', JOINS);
    for (const one of this.buffers.values()) if (one.joined) this.history.catchUp(one);
    if (this.history.kept) this.history.askTargets();
    else for (const one of this.buffers.values()) this.caughtUp(one);
  }

  /** Ask how a person wants to be shown, of whom we are told nothing by ourselves. */
  askProfile(nick) {
    if (!nick || !this.ready || !this.has(METADATA) || !this.profiles.ask(nick)) return;
    this.sendLater('METADATA', nick, 'GET', ...KEYS);
  }

  /** Join the rooms that we were in, in as few lines as possible: the server counts lines. */
  #joinAgain() {
    const rooms = [...this.buffers.values()].filter((one) => one.room && one.wanted && !one.joined);
    for (const { name, password } of rooms) if (password) this.send('JOIN', name, password);
    for (let names = rooms.filter((one) => !one.password).map((one) => one.name); names.length > 0;) {
      let count = 1;
      while (count < names.length && bytes(names.slice(0, count + 1).join()) <= JOIN_BYTES) count += 1;
      this.send('JOIN', names.splice(0, count).join());
    }
  }

  /** We are a member now, or the server tells us after its welcome that we still are. */
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

  /** Remove an invite: it was accepted or declined. */
  decline(room) {
    this.invites = this.invites.filter((one) => fold(one.room) !== fold(room));
  }

  /** We are no longer a member. */
  selfLeft(buffer) {
    buffer.leave();
    buffer.wanted = false;
    this.outbox.closed(buffer, 'you are no longer in the room');
  }

  /** The PONG after the JOINs: we are no longer in rooms that the server has not shown by now. */
  joinsAnswered() {
    for (const one of this.buffers.values()) {
      if (!one.room || !one.wanted || one.joined || one.joining) continue;
      this.selfLeft(one);
      this.notice(`You are no longer in ${one.name}`);
      if (this.persistent && one.pending.length === 0) this.forget(one);
    }
  }

  joinRefused(buffer, why) {
    buffer.leave();
    buffer.wanted = false;
    this.outbox.closed(buffer, why);
    if (buffer.entries.length === 0 && buffer.pending.length === 0) this.forget(buffer);
  }

  /** Close a buffer. */
  forget(buffer) {
    this.outbox.closed(buffer, '');
    this.#closed.add(fold(buffer.name));
    this.buffers.delete(fold(buffer.name));
  }

  /** A room or a person was renamed. */
  renamed(from, to) {
    const buffer = this.buffers.get(fold(from));
    if (buffer === undefined) return;
    this.buffers.delete(fold(from));
    buffer.name = to;
    this.buffers.set(fold(to), buffer);
    this.outbox.renamed(from, to);
    this.notify.renamed(from, to);
    if (this.favourites?.delete(fold(from))) this.favourites.add(fold(to));
    buffer.changed();
  }

  /** A conversation is a favourite of the account, or no more. */
  setFavourite(name, yes) {
    const others = [...this.favourites ?? []].filter((one) => one !== fold(name));
    this.favourites = new Set(yes ? [...others, fold(name)] : others);
  }

  /** What we want to be told of has changed. */
  notifyChanged() {
    for (const one of this.buffers.values()) one.changed();
  }

  /** Whom we ignore has changed. */
  ignoreChanged() {
    for (const one of this.buffers.values()) one.ignoreChanged((nick) => this.isMe(nick));
  }

  isNoAdministrator() {
    this.administration = null;
  }

  notice(text, code = '') {
    this.notices = [...this.notices.slice(-199), { time: this.now, text, code }];
  }

  // For history.js.

  showLine(buffer, key, line) {
    const known = buffer.timeline.knows(key);
    const shows = buffer.timeline.shows(key, line, this.now);
    // A line that comes too late to be shown is a receipt all the same.
    if (!known && line.command === 'PRIVMSG' && this.isMe(nickOf(line.source))) this.outbox.stored(buffer, line);
    if (!shows) return;
    const one = buffer.take(key, line, this.about());
    if (one === null || line.tags.batch || this.ignore.has(one)) return;
    this.arrived.push({ target: buffer.name, entry: one });
  }

  /** A buffer has caught up: show the held lines and settle our messages. */
  caughtUp(buffer) {
    for (const [key, line] of buffer.timeline.release()) this.showLine(buffer, key, line);
    // Without a read marker, messages from before we joined do not count as unread.
    const unmarked = buffer.room || !this.has('draft/read-marker');
    if (unmarked && buffer.readUntil === null) buffer.read(buffer.lastSaid);
    this.outbox.settle(buffer);
    buffer.changed();
  }

  /** The direct conversations are listed: ask for their read markers, and watch who is online. */
  targetsKnown() {
    const directs = [...this.buffers.values()].filter((one) => !one.room);
    directs.sort((one, other) => other.last - one.last);
    if (this.has('draft/read-marker')) {
      for (const one of directs) if (one.last > (one.readUntil ?? 0)) this.sendLater('MARKREAD', one.name);
    }
    this.#monitor.add(directs.map((one) => one.name));
    this.#askAboutDirect();
  }

  /** A new direct conversation: all its messages are unread, unless it was only closed before. */
  #newDirect(buffer) {
    buffer.read(0);
    if (!this.#closed.has(fold(buffer.name))) buffer.timeline.after = BEGINNING;
    if (this.has('draft/read-marker')) this.sendLater('MARKREAD', buffer.name);
    this.#monitor.add([buffer.name]);
  }
}
