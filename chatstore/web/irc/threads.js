/**
 * Threads: the replies to a message, the replies to those, and so on. A thread is found by following `replyTo` from a
 * reply to its parent, and on. The last message on that way is the root; if it is not loaded, its msgid alone is known.
 *
 * Spec: IRCv3 client-tags/reply. Nothing in it says "thread", so the order in which messages arrive, what was removed
 * or edited, and replies that form a circle must not matter.
 */

import { isMessage } from './entries.js';

/** Threads whose reading is remembered, in one browser for one account; beyond that the oldest are dropped. */
const MAX_READ = 500;

/**
 * `root`: its msgid. `first`: its entry, null where it is not loaded. `replies`: in the order of the buffer, also
 * removed ones, those of people whom we ignore, and our own that are not stored yet. `heard`: those that count, without
 * removed and ignored ones; `count`: how many. `last`: the time of the newest of these. `mine`: whether we wrote in it.
 * `whole`: nothing is known to be missing.
 * @typedef {import('./entries.js').Entry} Entry
 * @typedef {{root: string, first: Entry | null, replies: Entry[], heard: Entry[], count: number, last: number,
 *   mine: boolean, whole: boolean}} Thread
 * @typedef {{since: number, times: Record<string, number>}} Reading
 */

export class Threads {
  /** By the root's msgid. @type {Map<string, Thread>} */
  byRoot = new Map();
  #given;
  /** The entries that are replies or may be replied to, by msgid. @type {Map<string, Entry>} */
  #entries = new Map();
  /** The root of a message, by msgid. @type {Map<string, string>} */
  #roots = new Map();

  /**
   * @param {Entry[]} given in the order of the buffer
   * @param {(said: Entry) => boolean} isIgnored
   */
  constructor(given, isIgnored = () => false) {
    this.#given = given;
    // Most conversations have no replies, and this is made again after every change.
    const entries = given.some((one) => one.replyTo) ? given : [];
    for (const one of entries) if (one.msgid && isMessage(one)) this.#entries.set(one.msgid, one);
    for (const one of entries) {
      if (!one.replyTo || !isMessage(one)) continue;
      const root = this.rootOf(one.msgid || one.replyTo);
      if (one.msgid !== root) this.#threadOf(root).replies.push(one);
    }
    const gap = entries.reduce((newest, { kind, time }) => (kind === 'gap' ? Math.max(newest, time) : newest), 0);
    for (const thread of this.byRoot.values()) complete(thread, gap, isIgnored);
  }

  /** The msgid of a message's root; its own where it replies to none. @param {string} msgid */
  rootOf(msgid) {
    const way = [];
    const seen = new Set();
    let at = msgid;
    while (!this.#roots.has(at) && !seen.has(at)) {
      seen.add(at);
      way.push(at);
      const next = this.#entries.get(at)?.replyTo;
      if (!next) break;
      at = next;
    }
    // A circle has no beginning: its oldest message stands for it.
    const circle = seen.has(at) && this.#entries.get(at)?.replyTo ? way.slice(way.indexOf(at)) : [at];
    const root = this.#roots.get(at) ?? this.#oldest(circle);
    for (const one of way) this.#roots.set(one, root);
    return root;
  }

  /** The thread of a message, which may be its root; one without replies where there is none. @returns {Thread} */
  of(msgid) {
    const root = this.rootOf(msgid);
    const thread = this.byRoot.get(root);
    if (thread !== undefined) return thread;
    const first = this.#given.find((one) => one.msgid === root && isMessage(one)) ?? null;
    return { root, first, replies: [], heard: [], count: 0, last: 0, mine: first?.own ?? false, whole: true };
  }

  #oldest(msgids) {
    const at = (msgid) => this.#entries.get(msgid)?.time ?? Infinity;
    return msgids.reduce((one, other) => (at(other) < at(one) || (at(other) === at(one) && other < one) ? other : one));
  }

  #threadOf(root) {
    let thread = this.byRoot.get(root);
    if (thread === undefined) {
      const first = this.#entries.get(root) ?? null;
      thread = { root, first, replies: [], heard: [], count: 0, last: 0, mine: false, whole: true };
      this.byRoot.set(root, thread);
    }
    return thread;
  }
}

function complete(thread, gap, isIgnored) {
  thread.heard = thread.replies.filter((one) => !one.removed && !isIgnored(one));
  thread.count = thread.heard.length;
  thread.last = thread.heard.reduce((newest, { time }) => Math.max(newest, time), 0);
  thread.mine = Boolean(thread.first?.own) || thread.replies.some(({ own }) => own);
  thread.whole = thread.first !== null && !thread.first.replyTo && gap <= thread.first.time;
}

/** @type {WeakMap<Entry[], Threads>} */
const known = new WeakMap();

/**
 * The threads of a buffer, whose entries are another array after every change, also of whom we ignore.
 * @param {{entries: Entry[], isIgnored?: (said: Entry) => boolean}} buffer
 */
export function threadsOf({ entries, isIgnored }) {
  let threads = known.get(entries);
  if (threads === undefined) known.set(entries, (threads = new Threads(entries, isIgnored)));
  return threads;
}

// What is read. It is kept by msgid: the root may change when older messages are loaded.

/** @returns {Reading} */
export function readingIn(text, now) {
  try {
    const { since, times } = JSON.parse(text);
    if (Number.isFinite(since) && times !== null && typeof times === 'object') {
      return { since, times: Object.fromEntries(Object.entries(times).filter(([, time]) => Number.isFinite(time))) };
    }
  } catch {
    // Nothing was kept, or not by us.
  }
  return { since: now, times: {} };
}

/** The reading with this thread read until its last reply; the same object where it was. @returns {Reading} */
export function readUntil(reading, { root, last }) {
  if ((reading.times[root] ?? 0) >= last) return reading;
  const times = Object.entries({ ...reading.times, [root]: last }).sort(([, one], [, other]) => other - one);
  return { ...reading, times: Object.fromEntries(times.slice(0, MAX_READ)) };
}

/**
 * The replies of others that we have not read in this thread. Only a thread in which we wrote has any, and what is
 * older than our own last reply counts as read.
 * @param {Thread} thread @param {Reading} reading
 */
export function unreadIn({ root, first, replies, heard, mine }, { since, times }) {
  if (!mine) return 0;
  let until = Math.max(since, times[root] ?? 0, first?.own ? first.time : 0);
  for (const { msgid, own, time } of replies) until = Math.max(until, times[msgid] ?? 0, own ? time : 0);
  return heard.filter(({ own, time }) => !own && time > until).length;
}
