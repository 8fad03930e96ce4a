/** Entries of a buffer as the page shows them: an object for each message or event. They are never modified. */

import { nickOf } from './line.js';
import { ROOM, audienceOf, mentionMatcher } from './names.js';
import { changeText } from './room-settings.js';
import { actionText } from './splitting.js';
import { parseTime, timeOf } from './times.js';

/**
 * `key`: the msgid, or a local key for what has none. `time`: ms since 1970 UTC. `kind`: 'message', 'action', 'notice',
 * 'event' or 'gap' (missing lines; older(target, key) loads them). `text`: as written, with LF between lines; of an
 * event, a whole sentence. `event`: which one, 'join', 'part', …. `replyTo`: the msgid that this replies to.
 * `removed`: who removed the message, whose text is gone then; `reason`: why. `audience`: `@` or `+` for a message to
 * operators or to members with voice. `pending`: our message without a receipt. `failed`: why it was not stored.
 * `edited`: when its author last gave it another text, in ms; 0 for never. `relayed`: the bridge that passed it on; ''
 * for what was said here.
 * `preview`: what its first link leads to; `image` is a path relative to the page.
 * @typedef {{emoji: string, nicks: string[], mine: boolean}} Reaction
 * @typedef {{url: string, title: string, description: string, site: string, image: string, width: number,
 *   height: number}} Preview
 * @typedef {{key: string, msgid: string, time: number, kind: string, nick: string, account: string, bot: boolean,
 *   text: string, own: boolean, mention: boolean, replyTo: string, reactions: Reaction[],
 *   removed: string, reason: string, audience: string, pending: boolean, failed: string, event: string,
 *   edited: number, relayed: string, preview: Preview | null}} Entry
 */

/** An entry with the given values and defaults for all others. @returns {Entry} */
export function entry(given) {
  return {
    key: '', msgid: '', time: 0, kind: 'message', nick: '', account: '', bot: false, text: '', own: false,
    mention: false, replyTo: '', reactions: [], removed: '', reason: '', audience: '', pending: false, failed: '',
    event: '', edited: 0, relayed: '', preview: null, ...given,
  };
}

/** Whether a person said it: a message, an action or a notice. */
export function isMessage({ kind }) {
  return kind === 'message' || kind === 'action' || kind === 'notice';
}

/** Whether it counts as unread while it is new. */
export function countsAsUnread(one) {
  return isMessage(one) && !one.own && !one.removed && !one.pending && !one.failed;
}

const NO_SETTINGS = new Map();

/**
 * The entry for a line of a room or a direct conversation; null for what is not shown.
 * @param {import('./line.js').Line} line
 * @param {{key: string, now: number, isMe: (nick: string) => boolean, mentions: (text: string) => boolean,
 *   settings?: Map<string, import('./room-settings.js').Setting>, leads?: (nick: string) => boolean}} about `settings`:
 *   the server's room settings; `leads`: whether somebody is an operator there, who may mention everybody
 * @returns {Entry | null}
 */
export function entryOf(line, { key, now, isMe, mentions, settings = NO_SETTINGS, leads = () => false }) {
  const nick = nickOf(line.source);
  const common = {
    key, msgid: line.tags.msgid ?? '', time: timeOf(line, now), nick, account: line.tags.account ?? '',
    bot: 'bot' in line.tags, own: isMe(nick), relayed: line.tags['draft/relaymsg'] ?? '',
  };
  if (line.command === 'PRIVMSG' || line.command === 'NOTICE') {
    return said(line, common, (text) => mentions(text) || (callsAll(text) && leads(nick)));
  }
  const told = EVENTS[line.command]?.(nick, line.params, settings);
  return told ? entry({ ...common, kind: 'event', event: told[0], text: told[1] }) : null;
}

const callsAll = mentionMatcher(ROOM);

function said(line, common, mentions) {
  let text = line.params[1] ?? '';
  let kind = line.command === 'NOTICE' ? 'notice' : 'message';
  if (text.startsWith('\x01')) {
    const action = actionText(text);
    if (action === null) return null; // not shown and not answered: the answer would tell strangers about us
    kind = 'action';
    text = action;
  }
  return entry({
    ...common, kind, text, audience: audienceOf(line.params[0] ?? ''), replyTo: replyTarget(line),
    mention: !common.own && mentions(text), edited: parseTime(line.tags['chatstore/edited']),
  });
}

/** The msgid that a line replies or reacts to; '' for none. Spec: IRCv3 client-tags/reply. */
export function replyTarget(line) {
  return line.tags['+draft/reply'] || line.tags['+reply'] || '';
}

/**
 * The reaction in a TAGMSG; null where there is none. Spec: IRCv3 client-tags/react.
 * @returns {{emoji: string, back: boolean} | null}
 */
export function reactionIn({ tags }) {
  const given = tags['+draft/react'] || tags['+react'];
  const taken = tags['+draft/unreact'] || tags['+unreact'];
  return given || taken ? { emoji: given || taken, back: !given } : null;
}

/**
 * The new text in an EDIT, and of which message; null where there is none. Spec: draft/message-edit.
 * @returns {{msgid: string, text: string} | null}
 */
export function editIn({ tags }) {
  const msgid = tags['draft/target-msgid'];
  const text = tags['draft/edit-text'];
  return msgid && text ? { msgid, text } : null;
}

const because = (reason) => (reason ? ` (${reason})` : '');

/** By command: the kind of event and its sentence. */
const EVENTS = {
  JOIN: (nick) => ['join', `${nick} joined`],
  PART: (nick, [, reason]) => ['part', `${nick} left${because(reason)}`],
  QUIT: (nick, [reason]) => ['quit', `${nick} quit${because(reason)}`],
  KICK: (nick, [, who, reason]) => ['kick', `${who} was removed by ${nick}${because(reason === nick ? '' : reason)}`],
  TOPIC: (nick, [, topic]) => ['topic', topic ? `${nick} changed the topic to: ${topic}` : `${nick} removed the topic`],
  NICK: (nick, [to]) => ['nick', `${nick} is now ${to}`],
  MODE: (nick, [, ...modes]) => ['mode', `${nick} set ${modes.join(' ')}`],
  RENAME: (nick, [from, to, reason]) => ['rename', `${nick} renamed ${from} to ${to}${because(reason)}`],
  ROOM: (nick, [, words, motd], settings) => ['settings', `${nick} ${changeText(settings, words, motd)}`],
  PIN: (nick) => ['pin', `${nick} pinned a message`],
  UNPIN: (nick) => ['pin', `${nick} unpinned a message`],
  INVITE: (nick, [who, room]) => ['invite', `${nick} invited ${who} to ${room}`],
};
