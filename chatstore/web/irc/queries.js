/** What is asked of the server about rooms and people, and what its answers say. Functions of (session, …). */

import { ChatError, errorIn } from './errors.js';
import { entryOf } from './entries.js';
import { formatTags, nickOf, parseTags } from './line.js';
import { audienceOf, isRoom } from './names.js';
import { formatTime } from './times.js';

/** @typedef {import('./session.js').Session} Session */

/** The rooms there are: [{name, count, topic}]. @param {Session} session */
export async function rooms(session) {
  const lines = await request(session, 'LIST', []);
  return lines
    .filter(({ command }) => command === '322')
    .map(({ params }) => ({ name: params[1], count: Number(params[2]) || 0, topic: params[3] ?? '' }));
}

/** Who is kept out of a room: [{mask, by, time}], times in ms. @param {Session} session */
export async function bans(session, room) {
  const lines = await request(session, 'MODE', [room, 'b']);
  return lines
    .filter(({ command }) => command === '367')
    .map(({ params }) => ({ mask: params[2], by: nickOf(params[3] ?? ''), time: Number(params[4]) * 1000 || 0 }));
}

/** A room's modes: {flags: 'nt', key, limit}. @param {Session} session */
export async function modes(session, room) {
  const lines = await request(session, 'MODE', [room]);
  const [letters = '', ...params] = lines.find(({ command }) => command === '324')?.params.slice(2) ?? [];
  const found = { flags: letters.replace(/[+kl]/g, ''), key: '', limit: 0 };
  for (const letter of letters) {
    if (letter === 'k') found.key = params.shift() ?? '';
    if (letter === 'l') found.limit = Number(params.shift()) || 0;
  }
  return found;
}

/**
 * How a room is kept: {history: 'everyone' | 'members', retention (days, 0 for ever), founder, motd}.
 * Spec: docs/extensions.md, chatstore/rooms.
 * @param {Session} session
 */
export async function roomSettings(session, room) {
  return settingsIn(await request(session, 'ROOM', [room]));
}

/** Change what is given. @param {Session} session */
export async function setRoomSettings(session, room, { motd, ...settings }) {
  const given = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
  const words = Object.keys(given).length > 0 ? formatTags(given) : '*';
  return settingsIn(await request(session, 'ROOM', motd === undefined ? [room, words] : [room, words, motd]));
}

/** Of the server's answer, which is its last ROOM line. */
function settingsIn(lines) {
  const [, settings = '', motd = ''] = lines.findLast(({ command }) => command === 'ROOM')?.params ?? [];
  const { history = 'everyone', retention = '0', founder = '' } = parseTags(settings);
  return { history, retention: Number(retention), founder, motd };
}

/** Who somebody is. Times in ms, `idle` in seconds; -1 where it isn't told. @param {Session} session */
export async function whois(session, nick) {
  const found = {
    nick, user: '', host: '', realname: '', account: '', rooms: [], away: '', operator: false, bot: false,
    secure: false, idle: -1, since: 0,
  };
  for (const { command, params } of await request(session, 'WHOIS', [nick])) {
    const [, name, user, host, , realname] = params;
    if (command === '311') Object.assign(found, { nick: name, user, host, realname });
    else if (command === '319') found.rooms.push(...params[2].split(' ').filter(Boolean));
    else if (command === '330') found.account = params[2];
    else if (command === '301') found.away = params[2];
    else if (command === '317') Object.assign(found, { idle: Number(params[2]), since: Number(params[3]) * 1000 });
    else if (command === '313') found.operator = true;
    else if (command === '335') found.bot = true;
    else if (command === '671') found.secure = true;
  }
  return found;
}

/**
 * Messages that one may read, the oldest first, each an entry with its `target`. Spec: soju.im/search.
 * @param {Session} session
 * @param {{text?: string, target?: string, from?: string, before?: number, limit?: number}} wanted
 */
export async function search(session, { text = '', target = '', from = '', before = 0, limit = 50 }) {
  if (!session.chat.has('soju.im/search')) throw new ChatError('NO_SEARCH', 'this server does not search');
  const attributes = {
    ...(target && { in: target }), ...(from && { from }), ...(text && { text }),
    ...(before && { before: formatTime(before) }), limit: String(limit),
  };
  const lines = await request(session, 'SEARCH', [formatTags(attributes)]);
  const about = { ...session.chat.about(), key: '' };
  return lines.filter(({ command }) => command === 'PRIVMSG' || command === 'NOTICE').flatMap((line) => {
    const to = line.params[0].slice(audienceOf(line.params[0]).length);
    const nick = nickOf(line.source);
    const entry = entryOf(line, { ...about, key: line.tags.msgid ?? '' });
    const place = isRoom(to) || session.chat.isMe(nick) ? to : nick;
    return entry === null ? [] : [{ ...entry, target: place }];
  });
}

/** What a service answers. @param {Session} session */
export async function service(session, nick, text) {
  const lines = await request(session, 'PRIVMSG', [nick, text]);
  return lines.filter(({ command }) => command === 'NOTICE').map(({ params }) => params[1] ?? '');
}

/**
 * Lines of an answer, or what was refused.
 * @param {import('./line.js').Line[]} lines
 * @throws {ChatError}
 */
export function throwIfRefused(lines) {
  const refusal = errorIn(lines);
  if (refusal !== null) throw refusal;
  return lines;
}

/** Ask for oneself alone; the lines of the answer, or what was refused. @param {Session} session */
export async function request(session, command, params) {
  return throwIfRefused(await session.ask(command, params, { quiet: true }));
}

/**
 * A page of history; see history.js.
 * @param {Session} session
 * @param {string} target
 * @param {(history: import('./history.js').History, buffer: import('./buffer.js').Buffer,
 *   done: {resolve: (value: any) => void, reject: (error: any) => void}) => void} ask
 */
export function page(session, target, ask) {
  return new Promise((resolve, reject) => {
    const { history } = session.online;
    session.act(() => ask(history, session.chat.buffer(target), { resolve, reject }));
  });
}
