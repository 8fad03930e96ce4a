/** One room or direct conversation: its entries in the server's order, what is unread, who is there. */

import { countsAsUnread, editIn, entry, entryOf, isMessage, reactionIn, replyTarget } from './entries.js';
import { nickOf, parseTags } from './line.js';
import { Annotations } from './annotations.js';
import { Members } from './members.js';
import { isRoom } from './names.js';
import { Timeline } from './timeline.js';
import { timeOf } from './times.js';
import { Typing } from './typing.js';

/** @typedef {import('./entries.js').Entry} Entry */
/** @typedef {import('./line.js').Line} Line */

/** Why an unconfirmed message failed when the page was closed; history shows later whether it was stored. */
const CLOSED = 'the page was closed before the server stored it';

/**
 * `name`: as the server spells it. `wanted`: we want to be a member. `joining`: the person has just asked to join.
 * `depth`: how many lines to fetch first. `complete`: the server has nothing older. `presence`: of the other person in
 * a direct conversation, '' while unknown; `unknown`: the server knows no such nick. `readUntil`: everything up to this
 * time is read; null while there is no read marker. `marked`: the read marker as the server knows it. `version` changes
 * with every change. `pending`: our messages without a receipt, shown after all entries. `incarnation`: of the database
 * that this comes from; '' while the server has not named it.
 */
export class Buffer {
  joined = false;
  wanted = false;
  joining = false;
  password = '';
  depth = 0;
  topic = '';
  complete = false;
  presence = '';
  unknown = false;
  incarnation = '';
  /** The number of the connection on which we last asked WHO is away. */
  asked = 0;
  last = 0;
  version = 0;
  /** The number of the connection on which we last asked for the room's settings. */
  settingsAsked = 0;
  /** Values of the room's settings by name; empty while unknown. @type {Record<string, string>} */
  settings = {};
  /** For slow mode, in ms of our clock: when our last message was stored, and how long a refusal holds. */
  #storedAt = 0;
  #refusedUntil = 0;
  unread = 0;
  mentions = 0;
  /** Unread messages that mention us; `mentions` counts all direct messages. */
  named = 0;
  /** @type {number | null} */
  readUntil = null;
  marked = 0;
  /** @type {Entry[]} */
  entries = [];
  /** @type {Entry[]} */
  pending = [];
  timeline = new Timeline();
  members = new Members();
  typing = new Typing();
  annotations = new Annotations();
  /**
   * Whether a message or a reaction is of somebody whom we ignore.
   * @type {(said: {nick: string, account?: string, own?: boolean}) => boolean}
   */
  isIgnored = () => false;
  #keys = new Set();
  /** The msgids of our own messages: a reply to one is a mention. @type {Set<string>} */
  #ours = new Set();
  #locals = 0;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  get room() {
    return isRoom(this.name);
  }

  changed() {
    this.version += 1;
  }

  // Adding entries.

  /**
   * Add a line at the end.
   * @param {string} key
   * @param {Line} line
   * @param {{now: number, isMe: (nick: string) => boolean, mentions: (text: string) => boolean}} about
   * @returns {Entry | null} the new entry; null where the line adds none
   */
  take(key, line, about) {
    this.changed();
    if (this.mark(line, about)) return null;
    const one = entryOf(line, { ...about, leads: this.#leads, key: key || this.localKey() });
    if (one === null || this.#keys.has(one.key)) return null;
    const marked = this.annotations.annotate(this.#answered(one), about.isMe, this.isIgnored);
    this.#keys.add(marked.key);
    this.entries.push(marked);
    this.#count(marked);
    if (isMessage(marked)) {
      this.last = Math.max(this.last, marked.time);
      this.unknown = false;
      this.typing.heard(marked.nick, 'done', about.now);
      if (marked.own) this.read(marked.time);
    }
    return marked;
  }

  /**
   * Apply a reaction, an edit or a redaction. Returns whether the line is one. The order in which they arrive does not
   * matter.
   */
  mark(line, { now, isMe }) {
    if (line.command === 'REDACT') {
      const msgid = line.params[1] ?? '';
      if (this.annotations.redact(msgid, nickOf(line.source), line.params[2] ?? '')) this.#again(msgid, isMe, true);
      return true;
    }
    if (line.command === 'EDIT') {
      const edit = editIn(line);
      const news = edit !== null && this.annotations.edit(edit.msgid, edit.text, timeOf(line, now));
      if (news) this.#again(edit.msgid, isMe, false);
      return true;
    }
    if (line.command !== 'TAGMSG') return false;
    const said = reactionIn(line);
    const msgid = replyTarget(line);
    if (said === null || !msgid) return true;
    const who = { nick: nickOf(line.source), account: line.tags.account ?? '' };
    const news = this.annotations.react(msgid, { ...said, ...who, time: timeOf(line, now) });
    if (news) this.#again(msgid, isMe, false);
    return true;
  }

  /** Note what the first link of a message leads to. @param {import('./entries.js').Preview} preview */
  preview(msgid, preview, isMe) {
    if (msgid && this.annotations.preview(msgid, preview)) this.#again(msgid, isMe, false);
  }

  /**
   * Insert lines of history by their time.
   * @param {Line[]} lines a page without gaps
   * @param {string[]} keys of the lines
   */
  insert(lines, keys, about) {
    const found = [];
    lines.forEach((line, number) => {
      if (this.mark(line, about)) return;
      const one = entryOf(line, { ...about, leads: this.#leads, key: keys[number] || this.localKey() });
      if (one === null || this.#keys.has(one.key)) return;
      this.#keys.add(one.key);
      found.push(this.annotations.annotate(this.#answered(one), about.isMe, this.isIgnored));
    });
    let place = 0;
    for (const one of found) {
      while (place < this.entries.length && this.entries[place].time <= one.time) place += 1;
      this.entries.splice(place, 0, one);
    }
    this.recount();
  }

  /** Put an entry for each gap before the line that follows it. */
  showGaps() {
    for (const { kind, key } of this.entries) if (kind === 'gap') this.#keys.delete(key);
    this.entries = this.entries.filter(({ kind }) => kind !== 'gap');
    for (const { msgid, time } of this.timeline.coverage.gaps) {
      const place = this.entries.findIndex((one) => one.time >= time);
      const gap = entry({ key: `gap-${msgid}`, msgid, time, kind: 'gap' });
      this.entries.splice(place < 0 ? this.entries.length : place, 0, gap);
      this.#keys.add(gap.key);
    }
    this.changed();
  }

  /** Whether there is an entry with this key. */
  has(key) {
    return this.#keys.has(key);
  }

  // Our own messages without a receipt.

  /** Show a message of ours as pending. @returns {string} its key */
  wait(given) {
    const key = this.localKey();
    this.pending.push(entry({ ...given, key, own: true, pending: true }));
    this.changed();
    return key;
  }

  /** Remove a pending message: it is stored, or withdrawn. */
  settle(key) {
    this.pending = this.pending.filter((one) => one.key !== key);
    this.changed();
  }

  /** Mark a pending message as failed: it will not be stored. */
  fail(key, why) {
    this.pending = this.pending.map((one) => (one.key === key ? { ...one, pending: false, failed: why } : one));
    this.changed();
  }

  // Reading.

  /** Mark everything up to this time as read. Returns whether the marker moved; it never goes back. */
  read(until) {
    if (this.readUntil !== null && until <= this.readUntil) return false;
    this.readUntil = until;
    if ((this.entries.at(-1)?.time ?? 0) > until) this.recount();
    else this.unread = this.mentions = this.named = 0;
    this.changed();
    return true;
  }

  get firstUnread() {
    if (this.unread === 0) return '';
    return this.entries.find((one) => this.#isNews(one))?.key ?? '';
  }

  /** The time of the last message that the server has; 0 without one. */
  get lastSaid() {
    return this.entries.findLast((one) => isMessage(one))?.time ?? 0;
  }

  recount() {
    this.unread = this.mentions = this.named = 0;
    for (const one of this.entries) this.#count(one);
    this.changed();
  }

  /** Whom we ignore has changed: their messages and reactions count no more, or again. */
  ignoreChanged(isMe) {
    for (const { msgid } of this.entries) if (this.annotations.hasReactions(msgid)) this.#again(msgid, isMe, false);
    this.recount();
  }

  // Room settings.

  setSettings(values) {
    this.settings = values;
    if (values.slowmode === '0') this.#refusedUntil = 0;
    this.changed();
  }

  /** Apply a change. @param {string} words the settings of a ROOM line @param {string} [motd] */
  changeSettings(words, motd) {
    const values = parseTags(words === '*' ? '' : words);
    this.setSettings({ ...this.settings, ...values, ...(motd !== undefined && { motd }) });
  }

  /** Note that a message of ours was stored. */
  storedAt(now) {
    this.#storedAt = now;
    this.changed();
  }

  /** Note that the server refuses our messages for so many seconds; 0: for another reason. */
  refusedFor(seconds, now) {
    if (seconds === 0) return;
    this.#refusedUntil = now + seconds * 1000;
    this.changed();
  }

  /**
   * When slow mode lets us send again; 0 or a past time means now.
   * @param {string} prefix our own: operators and members with voice do not wait
   */
  waitUntil(prefix) {
    if (prefix !== '') return 0;
    const seconds = Number(this.settings.slowmode) || 0;
    // A refusal counts even while the room's settings are unknown.
    return Math.max(this.#refusedUntil, seconds > 0 && this.#storedAt > 0 ? this.#storedAt + seconds * 1000 : 0);
  }

  // The other person in a direct conversation.

  /** Set whether they are online, away or offline. */
  setPresence(value) {
    this.presence = value;
    if (value !== 'offline') this.unknown = false;
    this.changed();
  }

  /** Set whether the server knows no such nick. */
  setUnknown(unknown) {
    if (this.unknown === unknown || this.room) return;
    this.unknown = unknown;
    this.changed();
  }

  // The connection.

  /** Clear what holds only while we are a member and connected. */
  leave() {
    this.joined = this.joining = false;
    this.timeline.leave();
    this.members.clear();
    this.typing.clear();
    this.presence = '';
    this.changed();
  }

  /** Drop all history: the server's database was replaced, and the same msgids are other messages now. */
  forgetHistory() {
    const held = this.timeline.held !== null;
    this.timeline.leave();
    this.timeline = new Timeline();
    if (held) this.timeline.hold();
    this.annotations = new Annotations();
    Object.assign(this, {
      entries: [], complete: false, last: 0, unread: 0, mentions: 0, named: 0, readUntil: null, marked: 0, topic: '',
    });
    this.#keys = new Set();
    this.changed();
  }

  // The cache.

  /** The last entries and their state, as plain data. @param {number} most entries at most */
  toRecord(most) {
    const whole = this.entries.length <= most;
    const entries = this.entries.slice(-most).filter(({ kind }) => kind !== 'gap');
    const first = entries.find((one) => one.msgid) ?? { time: 0, msgid: '' };
    const { time, msgid } = whole ? { time: 0, msgid: '' } : first;
    return {
      name: this.name, incarnation: this.incarnation, topic: this.topic, joined: this.joined || this.wanted,
      complete: this.complete && whole,
      readUntil: this.readUntil, last: this.last, entries, timeline: this.timeline.toRecord({ time, msgid }),
      marks: this.annotations.toRecord(new Set(entries.map((one) => one.msgid))),
      pending: this.pending.map((one) => ({ ...one, pending: false, failed: one.failed || CLOSED })),
    };
  }

  /** The reverse of toRecord(), for an empty buffer. */
  restore({ incarnation = '', topic, joined, complete, readUntil, last, entries, pending, marks, timeline }) {
    const wanted = joined && this.room;
    Object.assign(this, { incarnation, topic, complete, readUntil, last, entries, pending, wanted });
    this.#keys = new Set(entries.map((one) => one.key));
    this.#ours = new Set(entries.filter((one) => one.own && one.msgid).map((one) => one.msgid));
    this.annotations.restore(marks);
    this.timeline.restore(timeline, this.#keys);
    this.showGaps();
    this.recount();
  }

  /** A key for an entry without a msgid. */
  localKey() {
    this.#locals += 1;
    return `~${this.#locals}-${Math.random().toString(36).slice(2, 8)}`;
  }

  /** Whether somebody is an operator here now. */
  #leads = (nick) => this.room && (this.members.of(nick)?.prefix ?? '').includes('@');

  /** The entry, marked as a mention where it replies to a message of ours. */
  #answered(one) {
    if (one.own && one.msgid && isMessage(one)) this.#ours.add(one.msgid);
    return !one.own && one.replyTo && this.#ours.has(one.replyTo) ? { ...one, mention: true } : one;
  }

  #again(msgid, isMe, recount) {
    const place = this.entries.findLastIndex((one) => one.msgid === msgid && one.kind !== 'gap');
    if (place < 0) return;
    this.entries[place] = this.annotations.annotate({ ...this.entries[place], reactions: [] }, isMe, this.isIgnored);
    if (recount) this.recount();
    this.changed();
  }

  /** Whether it counts as unread now. */
  #isNews(one) {
    return countsAsUnread(one) && one.time > this.readUntil && !this.isIgnored(one);
  }

  #count(one) {
    if (this.readUntil === null || !this.#isNews(one)) return;
    this.unread += 1;
    if (one.mention) this.named += 1;
    if (one.mention || (!this.room && one.kind !== 'notice')) this.mentions += 1;
  }
}
