/** What stands in a buffer, as a page shows it: one object for each thing said or done, never changed. */

import { nickOf, parseTags } from './line.js';
import { audienceOf } from './names.js';
import { actionText } from './splitting.js';
import { timeOf } from './times.js';

/**
 * `key`: the msgid, or a name of its own for what has no place in the server's history. `time`: ms since 1970 UTC.
 * `kind`: 'message', 'action', 'notice', 'event' or 'gap' (lines that are not here: older(target, key) fills it).
 * `text` is as others wrote it, with LF between lines; of an event it is a whole sentence. `replyTo`: the msgid of
 * what it answers. `removed`: who took the message back; its text is gone then, and `reason` is theirs. `audience`:
 * `@` or `+` for what is said to some of a room. `pending`: ours, and not known to be stored; `failed`: why it never
 * will be.
 * @typedef {{emoji: string, nicks: string[], mine: boolean}} Reaction
 * @typedef {{key: string, msgid: string, time: number, kind: string, nick: string, account: string, bot: boolean,
 *   text: string, own: boolean, mention: boolean, replyTo: string, reactions: Reaction[],
 *   removed: string, reason: string, audience: string, pending: boolean, failed: string, event: string}} Entry
 */

/** An entry with what is given, and nothing else said of it. @returns {Entry} */
export function entry(given) {
  return {
    key: '', msgid: '', time: 0, kind: 'message', nick: '', account: '', bot: false, text: '', own: false,
    mention: false, replyTo: '', reactions: [], removed: '', reason: '', audience: '', pending: false, failed: '',
    event: '', ...given,
  };
}

/** Whether it is something that a person said. */
export function isMessage({ kind }) {
  return kind === 'message' || kind === 'action' || kind === 'notice';
}

/** Whether it is unread while it is new. */
export function countsAsUnread(one) {
  return isMessage(one) && !one.own && !one.removed && !one.pending && !one.failed;
}

/**
 * The entry that a line of a room or of a direct conversation is; null for what is not to be shown.
 * @param {import('./line.js').Line} line
 * @param {{key: string, now: number, isMe: (nick: string) => boolean, mentions: (text: string) => boolean}} about
 * @returns {Entry | null}
 */
export function entryOf(line, { key, now, isMe, mentions }) {
  const nick = nickOf(line.source);
  const common = {
    key, msgid: line.tags.msgid ?? '', time: timeOf(line, now), nick, account: line.tags.account ?? '',
    bot: 'bot' in line.tags, own: isMe(nick),
  };
  if (line.command === 'PRIVMSG' || line.command === 'NOTICE') return said(line, common, mentions);
  const told = EVENTS[line.command]?.(nick, line.params);
  return told ? entry({ ...common, kind: 'event', event: told[0], text: told[1] }) : null;
}

function said(line, common, mentions) {
  let text = line.params[1] ?? '';
  let kind = line.command === 'NOTICE' ? 'notice' : 'message';
  if (text.startsWith('\x01')) {
    const action = actionText(text);
    if (action === null) return null; // a CTCP request is no speech, and answering would tell strangers about us
    kind = 'action';
    text = action;
  }
  return entry({
    ...common, kind, text, audience: audienceOf(line.params[0] ?? ''), replyTo: replyTarget(line),
    mention: !common.own && mentions(text),
  });
}

/** The msgid of the message that a line answers, or reacts to. Spec: IRCv3 client-tags/reply. */
export function replyTarget(line) {
  return line.tags['+draft/reply'] || line.tags['+reply'] || '';
}

/**
 * What a TAGMSG says about a message; null where it is no reaction. Spec: IRCv3 client-tags/react.
 * @returns {{emoji: string, back: boolean} | null}
 */
export function reactionIn({ tags }) {
  const given = tags['+draft/react'] || tags['+react'];
  const taken = tags['+draft/unreact'] || tags['+unreact'];
  return given || taken ? { emoji: given || taken, back: !given } : null;
}

/** What a ROOM line of chatstore/rooms says, for people. */
function settled(settings, motd) {
  const { history, retention, founder } = parseTags(settings === '*' ? '' : settings ?? '');
  return [
    history && (history === 'members' ? 'its past is for members' : 'its past is for everyone who may join'),
    retention && (retention === '0' ? 'it is kept for ever' : `it is kept for ${retention} days`),
    founder && `it is ${founder}'s`,
    motd && `it greets with: ${motd}`,
  ].filter(Boolean).join(', ') || 'another greeting';
}

const because = (reason) => (reason ? ` (${reason})` : '');

/** By command: what happened, and the sentence. The same sentences as in the terminal. */
const EVENTS = {
  JOIN: (nick) => ['join', `${nick} joined`],
  PART: (nick, [, reason]) => ['part', `${nick} left${because(reason)}`],
  QUIT: (nick, [reason]) => ['quit', `${nick} quit${because(reason)}`],
  KICK: (nick, [, who, reason]) => ['kick', `${who} was removed by ${nick}${because(reason === nick ? '' : reason)}`],
  TOPIC: (nick, [, topic]) => ['topic', topic ? `${nick} changed the topic to: ${topic}` : `${nick} removed the topic`],
  NICK: (nick, [to]) => ['nick', `${nick} is now ${to}`],
  MODE: (nick, [, ...modes]) => ['mode', `${nick} set ${modes.join(' ')}`],
  RENAME: (nick, [from, to, reason]) => ['rename', `${nick} renamed ${from} to ${to}${because(reason)}`],
  ROOM: (nick, [, settings, motd]) => ['settings', `${nick} changed the room: ${settled(settings, motd)}`],
  INVITE: (nick, [who, room]) => ['invite', `${nick} invited ${who} to ${room}`],
};
