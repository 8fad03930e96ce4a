/** Handlers of the server's lines: one function for each command, found in a table. */

import { countsIn, erased } from './attributes.js';
import { errorIn } from './errors.js';
import { reactionIn } from './entries.js';
import { PAGES } from './history.js';
import { nickOf } from './line.js';
import { previewIn } from './previews.js';
import { KEYS, PINNED, valueIn } from './profiles.js';
import { audienceOf, fold, isRoom } from './names.js';
import { settingIn, valuesIn } from './room-settings.js';
import { MULTILINE, multilineLimits } from './splitting.js';
import { JOINS, LABELS, WHO_TOKEN } from './state.js';
import { parseTime, timeOf } from './times.js';

/** @typedef {import('./line.js').Line} Line */
/** @typedef {import('./state.js').ChatState} ChatState */

/** The ISUPPORT token that names the server's database. */
const INCARNATION = 'chatstore/INCARNATION';

/**
 * Handle a line from the server.
 * @param {ChatState} state
 * @param {Line} line
 * @param {number} now ms since 1970 UTC
 */
export function handleLine(state, line, now) {
  state.now = now;
  if (state.has(LABELS) && state.responses.frames(line)) return;
  const plain = state.responses.unwrapped(line);
  if (state.history.requests.collect(plain)) return;
  if (plain.command === 'BATCH') handleBatch(state, plain);
  else handleSingle(state, plain);
}

function handleSingle(state, line) {
  const { responses } = state;
  if (line.command === 'PONG' && responses.fence(last(line))) return;
  const quiet = state.has(LABELS) ? responses.take(line.tags.label, [line]) : responses.takeInOrder([line]);
  if (!quiet || isNews(line)) dispatch(state, line);
}

/** Whether a line is for the state, even among those of an answer: an act of ours may change what waits for us. */
function isNews({ command, params }) {
  return command === 'PEOPLE' && (params[0] === 'ALLOWED' || params[0] === 'ERASED');
}

/** Handle a BATCH line; when it ends a batch, handle the lines of that batch. */
function handleBatch(state, line) {
  const batch = state.history.requests.batch(line);
  if (batch === null) return;
  const history = batch.type.includes('chathistory');
  const quiet = state.has(LABELS)
    ? state.responses.take(batch.opened.tags.label, batch.lines)
    : !history && batch.type !== MULTILINE && state.responses.takeInOrder(batch.lines, true);
  if (quiet) return;
  if (batch.type === 'chathistory' || batch.type === 'draft/chathistory-targets') {
    state.history.handleBatch(batch);
    return;
  }
  for (const one of batch.lines) {
    const tags = Object.assign(Object.create(null), one.tags);
    delete tags.batch;
    dispatch(state, { ...one, tags });
  }
}

/** Call the handler of the line's command. */
function dispatch(state, line) {
  if (Object.hasOwn(HANDLERS, line.command)) HANDLERS[line.command](state, line);
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

/** Capabilities that the server adds and removes while it runs. */
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
  else if (token.startsWith(PAGES) && state.history.unanswered(token)) state.broken = 'the server sent no history';
}

function persistence(state, line) {
  if (line.params[0] === 'STATUS') state.persistent = line.params[2] === 'ON';
}

// Messages.

/** The name of the buffer that a message belongs to: the room, or the other person. */
function bufferNameOf(state, line) {
  const name = line.params[0] ?? '';
  const room = name.slice(audienceOf(name).length);
  const nick = nickOf(line.source);
  return isRoom(room) ? room : state.isMe(nick) ? name : nick;
}

function message(state, line) {
  if (line.params.length < 2) return;
  const name = bufferNameOf(state, line);
  if (!isRoom(name) && !line.source.includes('!')) state.notice(last(line));
  else {
    const buffer = state.buffer(name);
    if ('bot' in line.tags) buffer.members.change(nickOf(line.source), { bot: true });
    state.receive(buffer, line);
  }
}

/** Typing and reactions. They do not move the timeline: not every server stores them. */
function tagmsg(state, line) {
  const buffer = state.buffers.get(fold(bufferNameOf(state, line)));
  if (buffer === undefined) return;
  const nick = nickOf(line.source);
  const typing = line.tags['+typing'] || line.tags['+draft/typing'];
  const shown = typing && !state.isMe(nick) && !state.ignore.has({ nick });
  if (shown && buffer.typing.heard(nick, typing, state.now)) buffer.changed();
  if (reactionIn(line) !== null) buffer.mark(line, state.about());
}

/** An operator pins or unpins a message. Spec: docs/extensions.md, chatstore/pins. */
function pin(state, line) {
  const buffer = state.buffers.get(fold(line.params[0] ?? ''));
  if (buffer !== undefined) state.receive(buffer, line);
}

/** Spec: IRCv3 draft/message-redaction, draft/message-edit. The target is as in PRIVMSG. */
function redacted(state, line) {
  state.buffers.get(fold(bufferNameOf(state, line)))?.mark(line, state.about());
}

/** What the first link of a message leads to. Spec: docs/extensions.md, chatstore/previews. */
function preview(state, line) {
  const [name = '', msgid = '', words] = line.params;
  state.buffers.get(fold(name))?.preview(msgid, previewIn(words), (nick) => state.isMe(nick));
}

/** Spec: IRCv3 draft/read-marker. `*`: nothing was marked yet. */
function markread(state, line) {
  const buffer = state.buffers.get(fold(line.params[0] ?? ''));
  const time = parseTime(line.params[1]?.replace(/^timestamp=/, ''));
  if (buffer === undefined) return;
  buffer.marked = Math.max(buffer.marked, time);
  if (time) buffer.read(time);
  else if (!buffer.room && buffer.readUntil === null) buffer.read(0);
}

// Membership.

function join(state, line) {
  const [name = '', account = '*'] = line.params;
  const buffer = state.buffer(name);
  const nick = nickOf(line.source);
  if (state.isMe(nick)) {
    buffer.name = name;
    state.mask = line.source;
    buffer.members.add(nick, { account: account === '*' ? '' : account });
    state.selfJoined(buffer, line);
    return;
  }
  buffer.members.add(nick, { account: account === '*' ? '' : account, away: '', prefix: '' });
  state.askProfile(nick);
  state.receive(buffer, line);
}

function part(state, line) {
  memberLeft(state, line, nickOf(line.source));
}

function kick(state, line) {
  memberLeft(state, line, line.params[1] ?? '');
}

function memberLeft(state, line, nick) {
  const buffer = state.buffers.get(fold(line.params[0] ?? ''));
  if (buffer === undefined) return;
  buffer.members.remove(nick);
  buffer.typing.heard(nick, 'done', state.now);
  state.receive(buffer, line);
  if (!state.isMe(nick)) return;
  state.selfLeft(buffer);
  if (line.command === 'PART') state.forget(buffer);
}

function quit(state, line) {
  const nick = nickOf(line.source);
  for (const buffer of state.buffers.values()) {
    buffer.typing.heard(nick, 'done', state.now);
    if (buffer.members.remove(nick)) state.receive(buffer, line);
  }
}

function nick(state, line) {
  const from = nickOf(line.source);
  const to = line.params[0] ?? '';
  if (state.isMe(from)) state.setNick(to);
  state.profiles.rename(from, to);
  for (const buffer of state.buffers.values()) {
    if (buffer.members.rename(from, to)) state.receive(buffer, line);
  }
  const direct = state.buffers.get(fold(from));
  if (direct !== undefined && !direct.room && !state.buffers.has(fold(to))) state.renamed(from, to);
}

function mode(state, line) {
  const [name = '', ...params] = line.params;
  if (!isRoom(name)) return;
  const buffer = state.buffer(name);
  buffer.members.setModes(params, state.modes);
  state.receive(buffer, line);
}

function rename(state, line) {
  const [from = '', to = ''] = line.params;
  const buffer = state.buffers.get(fold(from));
  if (buffer === undefined) return;
  state.renamed(from, to);
  state.receive(buffer, line);
}

/** Room settings: a row of their table, values, or a change. Spec: docs/extensions.md, chatstore/rooms. */
function room(state, line) {
  const [name = ''] = line.params;
  if (name === '*') {
    const setting = settingIn(line);
    if (setting !== null || line.params.length === 1) state.describeSetting(setting);
    return;
  }
  if (!line.source.includes('!')) {
    state.buffers.get(fold(name))?.setSettings(valuesIn(line));
    return;
  }
  const buffer = state.buffer(name);
  buffer.changeSettings(line.params[1] ?? '*', line.params[2]);
  state.receive(buffer, line);
}

/** Spec: IRCv3 invite-notify. An invite to us is shown until it is accepted or declined. */
function invite(state, line) {
  const [who = '', room = ''] = line.params;
  const by = nickOf(line.source);
  if (!state.isMe(who)) {
    const buffer = state.buffers.get(fold(room));
    if (buffer !== undefined) state.receive(buffer, line);
    return;
  }
  const others = state.invites.filter((one) => fold(one.room) !== fold(room));
  state.invites = [...others, { room, by, time: timeOf(line, state.now) }];
}

function names(state, line) {
  state.buffer(line.params[2] ?? '').members.list(line.params[3] ?? '', state.modes.prefix);
}

function endOfNames(state, line) {
  const buffer = state.buffers.get(fold(line.params[1] ?? ''));
  if (buffer === undefined) return;
  buffer.members.endListing();
  buffer.changed();
  state.askAbout(buffer);
}

/** Who of a room is away, and which accounts they have. Spec: WHOX. */
function who(state, line) {
  const [, token, room = '', nick = '', flags = '', account = '0'] = line.params;
  if (token !== WHO_TOKEN) return;
  const buffer = state.buffers.get(fold(room));
  const member = buffer?.members.of(nick);
  if (buffer === undefined || member === undefined) return;
  const away = flags.startsWith('G') ? member.away || 'away' : '';
  const letter = state.isupport.get('BOT') ?? '';
  const bot = letter !== '' && flags.includes(letter);
  buffer.members.change(nick, { away, account: account === '0' ? '' : account, bot });
  buffer.changed();
}

// People.

/** Update what is known of a person in all rooms. */
function updatePerson(state, nick, change) {
  for (const buffer of state.buffers.values()) {
    if (buffer.members.change(nick, change)) buffer.changed();
  }
}

function presence(state, nick, value) {
  const direct = state.buffers.get(fold(nick));
  if (direct === undefined || direct.room) return;
  direct.setPresence(value);
}

function away(state, line) {
  const nick = nickOf(line.source);
  const text = line.params[0] ?? '';
  updatePerson(state, nick, { away: text });
  presence(state, nick, text ? 'away' : 'online');
}

function account(state, line) {
  const name = line.params[0] ?? '*';
  updatePerson(state, nickOf(line.source), { account: name === '*' ? '' : name });
}

function chghost(state, line) {
  const nick = nickOf(line.source);
  if (state.isMe(nick)) state.mask = `${nick}!${line.params[0]}@${line.params[1]}`;
}

const monitored = (value) => (state, line) => {
  for (const mask of last(line).split(',')) presence(state, nickOf(mask), value);
};

// Topics and modes.

function topic(state, line) {
  const buffer = state.buffer(line.params[0] ?? '');
  buffer.topic = line.params[1] ?? '';
  state.receive(buffer, line);
}

const topicIs = (text) => (state, line) => {
  const buffer = state.buffer(line.params[1] ?? '');
  buffer.topic = text(line);
  buffer.changed();
};

// Errors and notes.

/** Commands without a handler of their own: only errors matter. */
function other(state, line) {
  if (/^[45]\d\d$/.test(line.command)) refused(state, line);
}

/** What we want to be told of: by our question after the welcome, or a change on one of our devices. */
function notify(state, line) {
  state.notify.heard(line);
  state.notifyChanged();
}

/** Whom we ignore: by our question after the welcome, or a change on one of our devices. */
function ignore(state, line) {
  state.ignore.heard(line);
  state.ignoreChanged();
}

/** How somebody wants to be shown, or what a conversation is to us. Spec: IRCv3 metadata. */
function metadata(state, line) {
  const { nick, key, value } = valueIn(line);
  if (key === PINNED) state.setFavourite(nick, value === '1');
  else state.profiles.set(nick, key, value);
}

/** We are told from now on. First everything that is set now: what does not come was removed meanwhile. */
function subscribed(state, line) {
  if (line.params.slice(1).includes(KEYS[0])) state.profiles.forget();
  if (line.params.slice(1).includes(PINNED)) state.favourites = new Set();
}

/** It is too much to be sent unasked. */
function syncLater(state, line) {
  if (/^[*#]\S*$/.test(line.params[1] ?? '')) state.send('METADATA', line.params[1], 'SYNC');
}

/** What waits for an administrator, or is done now. Spec: chatstore/administration. */
function people(state, line) {
  if (line.params[0] === 'ALLOWED') state.administration = countsIn(line);
  if (line.params[0] === 'ERASED') state.notice(erased(line.params));
}

/** An error numeric: about a JOIN, a message of ours, or something else that we sent. */
function refused(state, line) {
  const text = last(line);
  const name = line.params.length > 2 ? line.params[1] : '';
  const joining = state.buffers.get(fold(name));
  if (joining?.room && joining.wanted && !joining.joined && !line.tags.label?.startsWith('m')) {
    state.joinRefused(joining, text);
    return;
  }
  const key = name ? fold(name.slice(audienceOf(name).length)) : null;
  if (line.command === NO_SUCH_NICK && !isRoom(name)) state.buffers.get(key)?.setUnknown(true);
  if (line.command === CANNOT_SEND) state.buffers.get(key)?.refusedFor(waitIn(text), state.now);
  if (state.outbox.refused(line.tags.label, key, text)) return;
  if (NAMELESS.has(line.command) && state.outbox.refused(line.tags.label, '', text)) return;
  if (!line.tags.label) state.notice(line.params.slice(1).join(' '), line.command);
}

/** The seconds that slow mode tells us to wait; 0 for another error. */
function waitIn(text) {
  return Number(/\bwait (\d{1,6}) seconds?\b/.exec(text)?.[1] ?? 0);
}

/** ERR_CANNOTSENDTOCHAN. */
const CANNOT_SEND = '404';
/** ERR_NOSUCHNICK. */
const NO_SUCH_NICK = '401';
/** Errors about a message that do not name its target: they mean the oldest message without an answer. */
const NAMELESS = new Set(['412', '417']);

/** Spec: IRCv3 standard replies. FAIL command code context... :text */
function fail(state, line) {
  const command = (line.params[0] ?? '').toUpperCase();
  const refusal = errorIn([line]);
  if (command === 'CHATHISTORY') {
    if (!state.history.failed(line)) state.notice(refusal.message, refusal.code);
    return;
  }
  if (command === 'PEOPLE') state.isNoAdministrator(); // our question after the welcome, or one from the administration
  if (command === 'PEOPLE' && !line.tags.label) return;
  if (command === 'METADATA' && !line.tags.label) return; // somebody whom we asked about is gone
  const context = line.params.slice(2, -1).map(fold);
  const speaks = command === 'PRIVMSG' || command === 'BATCH';
  const key = speaks ? context.find((one) => state.buffers.has(one)) ?? '' : null;
  if (state.outbox.refused(line.tags.label, key, refusal.message)) return;
  if (command === 'JOIN') {
    for (const one of context.map((name) => state.buffers.get(name))) {
      if (one?.room && one.wanted && !one.joined) state.joinRefused(one, refusal.message);
    }
  }
  if (!line.tags.label) state.notice(refusal.message, refusal.code);
}

function note(state, line) {
  if (!line.tags.label) state.notice(last(line), line.params[1] ?? '');
}

/** @type {Record<string, (state: ChatState, line: Line) => void>} */
const HANDLERS = {
  '001': welcome,
  '005': isupport,
  305: (state) => Object.assign(state, { away: '' }),
  306: (state) => Object.assign(state, { away: state.away || 'away' }),
  331: topicIs(() => ''),
  332: topicIs((line) => line.params[2] ?? ''),
  353: names,
  354: who,
  366: endOfNames,
  376: (state) => state.welcomed(),
  422: (state) => state.welcomed(),
  730: monitored('online'),
  731: monitored('offline'),
  761: metadata,
  766: metadata,
  770: subscribed,
  774: syncLater,
  ACCOUNT: account,
  AWAY: away,
  CAP: cap,
  CHGHOST: chghost,
  EDIT: redacted,
  ERROR: (state, line) => state.notice(last(line), 'ERROR'),
  FAIL: fail,
  IGNORE: ignore,
  INVITE: invite,
  JOIN: join,
  KICK: kick,
  MARKREAD: markread,
  METADATA: metadata,
  MODE: mode,
  NICK: nick,
  NOTE: note,
  NOTICE: message,
  NOTIFY: notify,
  PART: part,
  PEOPLE: people,
  PERSISTENCE: persistence,
  PIN: pin,
  PING: (state, line) => state.send('PONG', ...line.params),
  PONG: pong,
  PREVIEW: preview,
  PRIVMSG: message,
  QUIT: quit,
  REDACT: redacted,
  RENAME: rename,
  ROOM: room,
  TAGMSG: tagmsg,
  TOPIC: topic,
  UNPIN: pin,
  WARN: note,
};
