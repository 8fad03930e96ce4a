/** The state as the page sees it: plain objects, replaced only where something changed. */

import { filehostIn } from './file-links.js';
import { PREVIEWS } from './login.js';
import { fold } from './names.js';
import { IGNORE } from './ignore.js';
import { NOTIFY } from './notify.js';
import { METADATA } from './profiles.js';
import { pushKeyIn } from './push.js';

/** @typedef {import('./buffer.js').Buffer} Buffer */

/** @type {WeakMap<Buffer, {version: number, key: string, view: object}>} */
const views = new WeakMap();

/**
 * Rooms by name, then people by their last message.
 * @param {import('./state.js').ChatState} state
 */
export function buffersOf(state) {
  return [...state.buffers.values()]
    .filter((one) => !one.room || one.joined || one.wanted || one.entries.length > 0 || one.pending.length > 0)
    .sort(inOrder)
    .map((one) => viewOf(one, state));
}

/** The features that the server supports. */
export function featuresOf({ caps, offered, history, isupport }) {
  return {
    history: history.kept,
    labels: caps.has('labeled-response'),
    multiline: caps.has('draft/multiline') && caps.has('batch'),
    reactions: caps.has('message-tags'),
    typing: caps.has('message-tags'),
    readMarkers: caps.has('draft/read-marker'),
    redaction: caps.has('draft/message-redaction'),
    rename: caps.has('draft/channel-rename'),
    search: caps.has('soju.im/search'),
    tokens: 'chatstore/accounts' in offered,
    reports: caps.has('chatstore/administration'),
    presence: isupport.has('MONITOR'),
    files: filehostIn(isupport) !== '',
    editing: caps.has('draft/message-edit'),
    pins: caps.has('chatstore/pins'),
    notify: caps.has(NOTIFY),
    ignore: caps.has(IGNORE),
    profiles: caps.has(METADATA),
    previews: caps.has(PREVIEWS),
    push: pushKeyIn({ caps, isupport }),
    topicLength: Number(isupport.get('TOPICLEN')) || 390,
    nickLength: Number(isupport.get('NICKLEN')) || 32,
  };
}

function inOrder(one, other) {
  if (one.room !== other.room) return one.room ? -1 : 1;
  if (!one.room && one.last !== other.last) return other.last - one.last;
  return fold(one.name).localeCompare(fold(other.name));
}

/**
 * The messages that call for attention. A room of which one wants to hear everything calls with every message, and a
 * muted conversation with none.
 */
function badgeOf({ room, unread, mentions, named }, level) {
  return { all: room ? unread : mentions, mentions: named, nothing: 0 }[level];
}

function viewOf(one, state) {
  const before = views.get(one);
  if (before !== undefined && before.version === one.version && before.key === state.nick) return before.view;
  const level = state.notify.level(one.name, state.now);
  const own = state.notify.own(one.name);
  const view = {
    level, own, muted: own.until > state.now,
    key: fold(one.name), name: one.name, room: one.room, joined: one.joined, wanted: one.wanted,
    topic: one.topic,
    entries: [...one.entries, ...one.pending], isIgnored: one.isIgnored,
    unread: one.unread, mentions: badgeOf(one, level),
    firstUnread: one.firstUnread, readUntil: one.readUntil ?? 0, complete: one.complete, last: one.last,
    members: new Map(one.members.byNick), myPrefix: one.members.of(state.nick)?.prefix ?? '',
    settings: one.settings, waitUntil: one.waitUntil(one.members.of(state.nick)?.prefix ?? ''),
    typing: one.typing.nicks, presence: one.presence, unknown: one.unknown, catchingUp: one.timeline.held !== null,
  };
  views.set(one, { version: one.version, key: state.nick, view });
  return view;
}
