/** What each line of the server means to the state: one small function a command, found in a table. */

import { refusalIn } from './answers.js';
import { reaction } from './entries.js';
import { PAGES } from './history.js';
import { nickOf } from './line.js';
import { audienceOf, fold, isRoom } from './names.js';
import { MULTILINE, multilineLimits } from './splitting.js';
import { parseTime, timeOf } from './times.js';

/** @typedef {import('./line.js').Line} Line */
/** @typedef {import('./state.js').ChatState} ChatState */

/** The PING behind the JOINs: a room that has no answer by then gets none. */
export const JOINS = 'joins';
/** The token of 005 that names the server's database. */
const INCARNATION = 'chatstore/INCARNATION';
/** WHOX: the token by which we know our own question, and its fields. */
const TOKEN = '152';
export const WHO = `%tcnfa,${TOKEN}`;

/**
 * Let the state take a line that is in no batch.
 * @param {ChatState} state
 * @param {Line} line
 */
export function hearLine(state, line) {
  if (Object.hasOwn(HEARD, line.command)) HEARD[line.command](state, line);
  else other(state, line);
}

const last = (line) => line.params[line.params.length - 1] ?? '';

// The connection.

function welcome(state, line) {
  state.setNick(line.params[0] ?? state.nick);
  const word = last(line).split(' ').pop();
  if (word.includes('!') && nickOf(word) === state.nick) state.mask = word;
}

function isupport(state, line) {
  for (const token of line.params.slice(1, -1)) {
    const [key, value = ''] = token.split(/=(.*)/s);
    if (key.startsWith('-')) state.isupport.delete(key.slice(1));
    else state.isupport.set(key, value.replace(/\\x([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(`0x${hex}`)));
  }
  if (state.isupport.has('CHATHISTORY')) state.history.setPage(Number(state.isupport.get('CHATHISTORY')) || 0);
  if (state.isupport.get(INCARNATION)) state.incarnationIs(state.isupport.get(INCARNATION));
  const prefix = /^\(([^)]*)\)(.*)$/.exec(state.isupport.get('PREFIX') ?? '');
  const [lists, always, whenSet] = (state.isupport.get('CHANMODES') ?? 'b,k,l,imnst').split(',');
  state.modes = {
    prefix: prefix ? { modes: prefix[1], prefixes: prefix[2] } : state.modes.prefix, lists, always, whenSet,
  };
}

/** What the server says while it runs: capabilities come and go. */
function cap(state, line) {
  const subcommand = (line.params[1] ?? '').toUpperCase();
  const words = last(line).split(' ').filter(Boolean);
  if (subcommand === 'NEW') {
    for (const word of words) {
      const [name, value = ''] = word.split(/=(.*)/s);
      state.offered[name] = value;
    }
    state.wantsCaps?.(words.map((word) => word.split('=')[0]));
  } else if (subcommand === 'DEL') {
    for (const name of words) {
      delete state.offered[name];
      state.caps.delete(name);
    }
  } else if (subcommand === 'ACK') {
    for (const name of words) if (name.startsWith('-')) state.caps.delete(name.slice(1));
      else state.caps.add(name);
  }
  const multiline = state.has('batch') && state.has(MULTILINE);
  state.multiline = multiline ? multilineLimits(state.offered[MULTILINE] ?? '') : null;
}

function pong(state, line) {
  const token = last(line);
  if (token === JOINS) state.joinsAnswered();
  else if (token.startsWith(PAGES) && state.history.unanswered(token)) state.broken = 'the server gave no history';
}

function persistence(state, line) {
  if (line.params[0] === 'STATUS') state.persistent = line.params[2] === 'ON';
}

// What is said.

/** The conversation that a message is in: the room, or the other person. */
function placeOf(state, line) {
  const name = line.params[0] ?? '';
  const room = name.slice(audienceOf(name).length);
  const nick = nickOf(line.source);
  return isRoom(room) ? room : state.isMe(nick) ? name : nick;
}

function said(state, line) {
  if (line.params.length < 2) return;
  const name = placeOf(state, line);
  if (!isRoom(name) && !line.source.includes('!')) state.notice(last(line));
  else state.live(state.conversation(name), line);
}

/** Typing, reactions: what comes live is no place in history that every server keeps; see Timeline. */
function tags(state, line) {
  const place = placeOf(state, line);
  const conversation = state.conversations.get(fold(place));
  if (conversation === undefined) return;
  const nick = nickOf(line.source);
  const typing = line.tags['+typing'] || line.tags['+draft/typing'];
  if (typing && !state.isMe(nick) && conversation.typing.heard(nick, typing, state.now)) conversation.changed();
  if (reaction(line) !== null) conversation.mark(line, state.about());
}

/** Spec: IRCv3 draft/message-redaction. The target is as in PRIVMSG. */
function redacted(state, line) {
  state.conversations.get(fold(placeOf(state, line)))?.mark(line, state.about());
}

/** Spec: IRCv3 draft/read-marker. `*`: nothing was marked yet. */
function markread(state, line) {
  const conversation = state.conversations.get(fold(line.params[0] ?? ''));
  const time = parseTime(line.params[1]?.replace(/^timestamp=/, ''));
  if (conversation === undefined) return;
  conversation.marked = Math.max(conversation.marked, time);
  if (time) conversation.read(time);
  else if (!conversation.room && conversation.readUntil === null) conversation.read(0);
}

// Who is where.

function join(state, line) {
  const [name = '', account = '*'] = line.params;
  const conversation = state.conversation(name);
  const nick = nickOf(line.source);
  if (state.isMe(nick)) {
    conversation.name = name;
    state.mask = line.source;
    conversation.members.add(nick, { account: account === '*' ? '' : account });
    state.entered(conversation, line);
    return;
  }
  conversation.members.add(nick, { account: account === '*' ? '' : account, away: '', prefix: '' });
  state.live(conversation, line);
}

function part(state, line) {
  gone(state, line, nickOf(line.source));
}

function kick(state, line) {
  gone(state, line, line.params[1] ?? '');
}

function gone(state, line, nick) {
  const conversation = state.conversations.get(fold(line.params[0] ?? ''));
  if (conversation === undefined) return;
  conversation.members.remove(nick);
  conversation.typing.heard(nick, 'done', state.now);
  state.live(conversation, line);
  if (!state.isMe(nick)) return;
  state.left(conversation);
  if (line.command === 'PART') state.forget(conversation);
}

function quit(state, line) {
  const nick = nickOf(line.source);
  for (const conversation of state.conversations.values()) {
    conversation.typing.heard(nick, 'done', state.now);
    if (conversation.members.remove(nick)) state.live(conversation, line);
  }
}

function nick(state, line) {
  const from = nickOf(line.source);
  const to = line.params[0] ?? '';
  if (state.isMe(from)) state.setNick(to);
  for (const conversation of state.conversations.values()) {
    if (conversation.members.rename(from, to)) state.live(conversation, line);
  }
  const direct = state.conversations.get(fold(from));
  if (direct !== undefined && !direct.room && !state.conversations.has(fold(to))) state.renamed(from, to);
}

function mode(state, line) {
  const [name = '', ...params] = line.params;
  if (!isRoom(name)) return;
  const conversation = state.conversation(name);
  conversation.members.setModes(params, state.modes);
  state.live(conversation, line);
}

function rename(state, line) {
  const [from = '', to = ''] = line.params;
  const conversation = state.conversations.get(fold(from));
  if (conversation === undefined) return;
  state.renamed(from, to);
  state.live(conversation, line);
}

/** Spec: docs/extensions.md, chatstore/rooms. The server's own words are answers. */
function room(state, line) {
  if (line.source.includes('!')) state.live(state.conversation(line.params[0] ?? ''), line);
}

/** Spec: IRCv3 invite-notify; an invitation to us is an offer. */
function invite(state, line) {
  const [who = '', room = ''] = line.params;
  const by = nickOf(line.source);
  if (!state.isMe(who)) {
    const conversation = state.conversations.get(fold(room));
    if (conversation !== undefined) state.live(conversation, line);
    return;
  }
  const others = state.invitations.filter((one) => fold(one.room) !== fold(room));
  state.invitations = [...others, { room, by, time: timeOf(line, state.now) }];
}

function names(state, line) {
  state.conversation(line.params[2] ?? '').members.list(line.params[3] ?? '', state.modes.prefix);
}

function endOfNames(state, line) {
  const conversation = state.conversations.get(fold(line.params[1] ?? ''));
  if (conversation === undefined) return;
  conversation.members.endListing();
  conversation.changed();
  state.askWho(conversation);
}

/** Spec: WHOX. Who of a room is away, and which accounts they have. */
function who(state, line) {
  const [, token, room = '', nick = '', flags = '', account = '0'] = line.params;
  if (token !== TOKEN) return;
  const conversation = state.conversations.get(fold(room));
  const member = conversation?.members.of(nick);
  if (conversation === undefined || member === undefined) return;
  const away = flags.startsWith('G') ? member.away || 'away' : '';
  conversation.members.change(nick, { away, account: account === '0' ? '' : account });
  conversation.changed();
}

// What is known of people.

/** Something is known of somebody, wherever they are shown. */
function known(state, nick, change) {
  for (const conversation of state.conversations.values()) {
    if (conversation.members.change(nick, change)) conversation.changed();
  }
}

function presence(state, nick, value) {
  const direct = state.conversations.get(fold(nick));
  if (direct === undefined || direct.room) return;
  direct.setPresence(value);
}

function away(state, line) {
  const nick = nickOf(line.source);
  const text = line.params[0] ?? '';
  known(state, nick, { away: text });
  presence(state, nick, text ? 'away' : 'online');
}

function account(state, line) {
  const name = line.params[0] ?? '*';
  known(state, nickOf(line.source), { account: name === '*' ? '' : name });
}

function chghost(state, line) {
  const nick = nickOf(line.source);
  if (state.isMe(nick)) state.mask = `${nick}!${line.params[0]}@${line.params[1]}`;
}

const watched = (value) => (state, line) => {
  for (const mask of last(line).split(',')) presence(state, nickOf(mask), value);
};

// Topics and modes.

function topic(state, line) {
  const conversation = state.conversation(line.params[0] ?? '');
  conversation.topic = line.params[1] ?? '';
  state.live(conversation, line);
}

const topicIs = (text) => (state, line) => {
  const conversation = state.conversation(line.params[1] ?? '');
  conversation.topic = text(line);
  conversation.changed();
};

// Answers and refusals.

/** Whatever has no function of its own: refusals are noted. */
function other(state, line) {
  if (/^[45]\d\d$/.test(line.command)) refused(state, line);
}

/** An error numeric: about a JOIN, about a message of ours, or about something else that we sent. */
function refused(state, line) {
  const text = last(line);
  const name = line.params.length > 2 ? line.params[1] : '';
  const joining = state.conversations.get(fold(name));
  if (joining?.room && joining.wanted && !joining.joined && !line.tags.label?.startsWith('m')) {
    state.joinRefused(joining, text);
    return;
  }
  const key = name ? fold(name.slice(audienceOf(name).length)) : null;
  if (line.command === NO_SUCH_NICK && !isRoom(name)) state.conversations.get(key)?.setNobody(true);
  if (state.outbox.refused(line.tags.label, key, text)) return;
  if (NAMELESS.has(line.command) && state.outbox.refused(line.tags.label, '', text)) return;
  if (!line.tags.label) state.notice(line.params.slice(1).join(' '), line.command);
}

/** ERR_NOSUCHNICK. */
const NO_SUCH_NICK = '401';
/** Errors about a message that don't name its target: they answer the first message that has no answer. */
const NAMELESS = new Set(['412', '417']);

/** Spec: IRCv3 standard replies. FAIL command code context... :text */
function fail(state, line) {
  const command = (line.params[0] ?? '').toUpperCase();
  const refusal = refusalIn([line]);
  if (command === 'CHATHISTORY') {
    if (!state.history.failed(line)) state.notice(refusal.message, refusal.code);
    return;
  }
  const context = line.params.slice(2, -1).map(fold);
  const speaks = command === 'PRIVMSG' || command === 'BATCH';
  const key = speaks ? context.find((one) => state.conversations.has(one)) ?? '' : null;
  if (state.outbox.refused(line.tags.label, key, refusal.message)) return;
  if (command === 'JOIN') {
    for (const one of context.map((name) => state.conversations.get(name))) {
      if (one?.room && one.wanted && !one.joined) state.joinRefused(one, refusal.message);
    }
  }
  if (!line.tags.label) state.notice(refusal.message, refusal.code);
}

function note(state, line) {
  if (!line.tags.label) state.notice(last(line), line.params[1] ?? '');
}

/** @type {Record<string, (state: ChatState, line: Line) => void>} */
const HEARD = {
  '001': welcome,
  '005': isupport,
  305: (state) => Object.assign(state, { away: '' }),
  306: (state) => Object.assign(state, { away: state.away || 'away' }),
  331: topicIs(() => ''),
  332: topicIs((line) => line.params[2] ?? ''),
  353: names,
  354: who,
  366: endOfNames,
  376: (state) => state.settleIn(),
  422: (state) => state.settleIn(),
  730: watched('online'),
  731: watched('offline'),
  ACCOUNT: account,
  AWAY: away,
  CAP: cap,
  CHGHOST: chghost,
  ERROR: (state, line) => state.notice(last(line), 'ERROR'),
  FAIL: fail,
  INVITE: invite,
  JOIN: join,
  KICK: kick,
  MARKREAD: markread,
  MODE: mode,
  NICK: nick,
  NOTE: note,
  NOTICE: said,
  PART: part,
  PERSISTENCE: persistence,
  PING: (state, line) => state.send('PONG', ...line.params),
  PONG: pong,
  PRIVMSG: said,
  QUIT: quit,
  REDACT: redacted,
  RENAME: rename,
  ROOM: room,
  TAGMSG: tags,
  TOPIC: topic,
  WARN: note,
};
