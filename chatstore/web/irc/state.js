/**
 * What the page knows of the chat: rooms, members, what was shown, what of ours is stored. No I/O, no clock.
 *
 * Lines go in (`hear`), and lines to send come out (`take`); the page's actions are methods. How catching up leaves
 * no gap and shows nothing twice is told in history.js. Messages of ours wait until their conversation has caught
 * up; so one that was sent and not echoed when a connection broke is either among the lines that are caught up, or is
 * not stored.
 */

import { Answers, FENCE } from './answers.js';
import { Conversation } from './conversation.js';
import { JOINS, WHO, hearLine } from './hearing.js';
import { FIRST, History } from './history.js';
import { format, nickOf } from './line.js';
import { PREFIX } from './members.js';
import { finds, fold } from './names.js';
import { Outbox } from './outbox.js';
import { MULTILINE, bytes, multilineLimits } from './splitting.js';
import { BEGINNING } from './timeline.js';
import { formatTime } from './times.js';
import { Watching } from './watching.js';

/** @typedef {import('./line.js').Line} Line */

const LABELS = 'labeled-response';
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
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** Rooms that somebody invites us to. @type {Array<{room: string, by: string, time: number}>} */
  invitations = [];
  /** What the server says of no conversation. @type {Array<{time: number, text: string, code: string}>} */
  notices = [];
  /** What has just been said, live: for whoever notifies of it. @type {Array<{target: string, entry: object}>} */
  fresh = [];
  now = 0;
  /** The folded name of the conversation that the person has before them; '' for none. */
  open = '';
  answers = new Answers();
  outbox = new Outbox(this);
  history = new History(this);
  /** The number of the connection. */
  connection = 0;
  /** @type {string[]} */
  #lines = [];
  /** @type {string[]} */
  #later = [];
  #watching = new Watching(this);
  /** Conversations that were taken out of the list: there may be a past that is not here. @type {Set<string>} */
  #closed = new Set();
  #mentions = finds('');

  // What may be known.

  /** The room or the person of this name; a new one when nothing is known of it. */
  conversation(name) {
    const key = fold(name);
    let one = this.conversations.get(key);
    if (one === undefined) {
      one = new Conversation(name);
      one.incarnation = this.#incarnation;
      this.conversations.set(key, one);
      if (this.connected && this.history.kept && !one.room && !this.history.people.known) one.timeline.hold();
      if (this.ready && !one.room && this.history.people.known) this.#begun(one);
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
    this.#mentions = finds(nick);
  }

  has(cap) {
    return this.caps.has(cap);
  }

  /** Take what was kept of conversations. @param {object[]} records of Conversation.kept() */
  restore(records) {
    for (const record of records) this.conversation(record.name).restore(record);
  }

  /**
   * The server names its database. What is here of another one (a backup was put back, say) is let go: there the same
   * ids are other messages. What we said and has no receipt stays. Spec: docs/extensions.md, chatstore/INCARNATION.
   */
  incarnationIs(token) {
    this.#incarnation = token;
    let other = false;
    for (const [key, one] of this.conversations) {
      if (one.incarnation === token) continue;
      if (one.incarnation) {
        other = true;
        one.forgetHistory();
        if (!one.room && one.pending.length === 0) this.conversations.delete(key);
      }
      one.incarnation = token;
      one.changed();
    }
    if (!other) return;
    this.history.people.listed = false;
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
    this.#watching.begin();
    this.#later = [];
    this.persistent = false;
    this.invitations = [];
    this.history.begin();
    if (!this.history.kept) return;
    for (const one of this.conversations.values()) if (one.wanted || !one.room) one.timeline.hold();
  }

  /** The connection is gone; what was held or half received will come again. */
  lost() {
    this.connected = this.ready = this.doubtful = false;
    this.broken = '';
    this.history.lost();
    this.answers.lost();
    for (const one of this.conversations.values()) one.leave();
  }

  /**
   * Take a line from the server.
   * @param {Line} line
   * @param {number} now ms since 1970 UTC
   */
  hear(line, now) {
    this.now = now;
    if (this.has(LABELS) && this.answers.frames(line)) return;
    const plain = this.answers.unwrapped(line);
    if (this.history.requests.collect(plain)) return;
    if (plain.command === 'BATCH') {
      this.#batch(plain);
      return;
    }
    this.#single(plain);
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
    for (const one of this.conversations.values()) {
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
    const { label, answer } = this.answers.ask(quiet);
    if (this.has(LABELS)) {
      this.sendLine({ command, params, tags: { ...tags, label } });
    } else {
      this.sendLine({ command, params, tags });
      this.send('PING', FENCE + label);
    }
    return answer;
  }

  // What the person does.

  /** The person has this conversation before them: it comes first, and who is away there is asked. */
  watch(name) {
    this.open = fold(name);
    const conversation = this.conversations.get(this.open);
    if (this.ready && conversation?.joined) this.askWho(conversation);
  }

  /**
   * Who of an open room is away: once a connection, the changes are told (away-notify). For all rooms at once the
   * answers would be in the way of what is said. Spec: WHOX.
   */
  askWho(conversation) {
    const open = fold(conversation.name) === this.open;
    const asked = conversation.members.size === 0 || conversation.asked === this.connection;
    if (!open || asked || !this.isupport.has('WHOX')) return;
    conversation.asked = this.connection;
    this.send('WHO', conversation.name, WHO);
  }

  join(name, password = '') {
    const conversation = this.conversation(name);
    Object.assign(conversation, { wanted: true, joining: true, depth: FIRST });
    conversation.password = password || conversation.password;
    if (this.history.kept) conversation.timeline.hold();
    return this.ask('JOIN', password ? [name, password] : [name]);
  }

  /** All of a conversation is read, as far as it is here; other devices are told. */
  markRead(target) {
    const conversation = this.conversations.get(fold(target));
    const until = conversation?.lastSaid;
    if (!until) return;
    conversation.read(until);
    if (!this.ready || !this.has('draft/read-marker') || until <= conversation.marked) return;
    conversation.marked = until;
    this.send('MARKREAD', conversation.name, `timestamp=${formatTime(until)}`);
  }

  /** The connection has shown that it lives, or that this isn't sure any more. */
  doubt(doubtful) {
    this.doubtful = doubtful;
    if (!doubtful) this.outbox.sendAll();
  }

  // For hearing.js: what the server's lines do.

  /** A line of a room or of a conversation: it is shown, now or after the history before it. */
  live(conversation, line) {
    const { timeline } = conversation;
    const key = timeline.keys.key(line);
    conversation.changed();
    if (timeline.held === null) this.showLine(conversation, key, line);
    else if (!timeline.knows(key)) timeline.keep(key, line);
  }

  /** The welcome is over: what the server can do is known, and which rooms it put us into. */
  settleIn() {
    if (this.ready) return;
    this.ready = true;
    if (!this.persistent) this.#joinAgain();
    this.send('PING', JOINS);
    for (const one of this.conversations.values()) if (one.joined) this.history.catchUp(one);
    if (this.history.kept) this.history.askPeople();
    else for (const one of this.conversations.values()) this.caughtUp(one);
  }

  /** Enter the rooms that we were in, in as few lines as can be: each of them counts. */
  #joinAgain() {
    const rooms = [...this.conversations.values()].filter((one) => one.room && one.wanted && !one.joined);
    for (const { name, password } of rooms) if (password) this.send('JOIN', name, password);
    for (let names = rooms.filter((one) => !one.password).map((one) => one.name); names.length > 0;) {
      let count = 1;
      while (count < names.length && bytes(names.slice(0, count + 1).join()) <= JOIN_BYTES) count += 1;
      this.send('JOIN', names.splice(0, count).join());
    }
  }

  /** We are a member now, or the server says after its welcome that we still are. */
  entered(conversation, line) {
    if (conversation.joined) return;
    conversation.depth = FIRST;
    conversation.joined = conversation.wanted = true;
    conversation.joining = false;
    if (this.history.kept) conversation.timeline.hold();
    if (line.tags.msgid || !this.history.kept) this.live(conversation, line);
    if (this.ready) this.history.catchUp(conversation);
    this.decline(conversation.name);
    conversation.changed();
  }

  /** An invitation is taken, or not wanted. */
  decline(room) {
    this.invitations = this.invitations.filter((one) => fold(one.room) !== fold(room));
  }

  /** We are no member any more. */
  left(conversation) {
    conversation.leave();
    conversation.wanted = false;
    this.outbox.closed(conversation, 'you are not in the room any more');
  }

  /** The PONG behind the JOINs: rooms that are not shown by now are not ours any more. */
  joinsAnswered() {
    for (const one of this.conversations.values()) {
      if (!one.room || !one.wanted || one.joined || one.joining) continue;
      this.left(one);
      this.notice(`you are not in ${one.name} any more`);
      if (this.persistent && one.pending.length === 0) this.forget(one);
    }
  }

  joinRefused(conversation, why) {
    conversation.leave();
    conversation.wanted = false;
    this.outbox.closed(conversation, why);
    if (conversation.entries.length === 0 && conversation.pending.length === 0) this.forget(conversation);
  }

  /** A conversation is not to be seen any more. */
  forget(conversation) {
    this.outbox.closed(conversation, '');
    this.#closed.add(fold(conversation.name));
    this.conversations.delete(fold(conversation.name));
  }

  /** A room or a person has another name. */
  renamed(from, to) {
    const conversation = this.conversations.get(fold(from));
    if (conversation === undefined) return;
    this.conversations.delete(fold(from));
    conversation.name = to;
    this.conversations.set(fold(to), conversation);
    this.outbox.renamed(from, to);
    conversation.changed();
  }

  notice(text, code = '') {
    this.notices = [...this.notices.slice(-199), { time: this.now, text, code }];
  }

  // For history.js.

  showLine(conversation, key, line) {
    const known = conversation.timeline.knows(key);
    const shows = conversation.timeline.shows(key, line, this.now);
    // What comes too late to be shown in its place is a receipt all the same.
    if (!known && line.command === 'PRIVMSG' && this.isMe(nickOf(line.source))) this.outbox.stored(conversation, line);
    if (!shows) return;
    const one = conversation.take(key, line, this.about());
    if (one !== null && !line.tags.batch) this.fresh.push({ target: conversation.name, entry: one });
  }

  /** All that is stored of a conversation is shown. */
  caughtUp(conversation) {
    for (const [key, line] of conversation.timeline.release()) this.showLine(conversation, key, line);
    // Where nothing was marked ever, what was said before we came is not news.
    const unmarked = conversation.room || !this.has('draft/read-marker');
    if (unmarked && conversation.readUntil === null) conversation.read(conversation.lastSaid);
    this.outbox.settle(conversation);
    conversation.changed();
  }

  /** The direct conversations are known: what was read of them, and who is there, is asked now. */
  peopleKnown() {
    const directs = [...this.conversations.values()].filter((one) => !one.room);
    directs.sort((one, other) => other.last - one.last);
    if (this.has('draft/read-marker')) {
      for (const one of directs) if (one.last > (one.readUntil ?? 0)) this.sendLater('MARKREAD', one.name);
    }
    this.#watching.add(directs.map((one) => one.name));
  }

  /** A direct conversation that was not among those that there were: all of it is news, unless it was closed. */
  #begun(conversation) {
    conversation.read(0);
    if (!this.#closed.has(fold(conversation.name))) conversation.timeline.after = BEGINNING;
    if (this.has('draft/read-marker')) this.sendLater('MARKREAD', conversation.name);
    this.#watching.add([conversation.name]);
  }

  #single(line) {
    if (line.command === 'PONG' && this.answers.fence(line.params[line.params.length - 1] ?? '')) return;
    const quiet = this.has(LABELS) ? this.answers.take(line.tags.label, [line]) : this.answers.takeInOrder([line]);
    if (!quiet) hearLine(this, line);
  }

  #batch(line) {
    const batch = this.history.requests.batch(line);
    if (batch === null) return;
    const label = batch.opened.tags.label;
    const quiet = this.has(LABELS)
      ? this.answers.take(label, batch.lines)
      : !batch.type.includes('chathistory') && batch.type !== MULTILINE && this.answers.takeInOrder(batch.lines, true);
    if (quiet) return;
    if (batch.type === 'chathistory' || batch.type === 'draft/chathistory-targets') {
      this.history.came(batch);
      return;
    }
    for (const one of batch.lines) {
      const tags = Object.assign(Object.create(null), one.tags);
      delete tags.batch;
      hearLine(this, { ...one, tags });
    }
  }
}
