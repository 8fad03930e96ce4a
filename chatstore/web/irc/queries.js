/** Queries about rooms and people, with their answers parsed. Every function takes the session first. */

import { ChatError, errorIn } from './errors.js';
import { entryOf } from './entries.js';
import { formatTags, nickOf } from './line.js';
import { audienceOf, isRoom } from './names.js';
import { valuesIn } from './room-settings.js';
import { formatTime, parseTime } from './times.js';

/** @typedef {import('./session.js').Session} Session */

/** List the rooms: [{name, count, topic}]. @param {Session} session */
export async function rooms(session) {
  const lines = await request(session, 'LIST', []);
  return lines
    .filter(({ command }) => command === '322')
    .map(({ params }) => ({ name: params[1], count: Number(params[2]) || 0, topic: params[3] ?? '' }));
}

/** List a room's bans: [{mask, by, time}], times in ms. @param {Session} session */
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
 * The values of a room's settings, as texts by name, with `motd` and `founder`.
 * Spec: docs/extensions.md, chatstore/rooms.
 * @param {Session} session
 */
export async function roomSettings(session, room) {
  return kept(session, room, await request(session, 'ROOM', [room]));
}

/** Change some settings of a room: values by name. @param {Session} session */
export async function setRoomSettings(session, room, { motd, ...settings }) {
  const given = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
  const words = Object.keys(given).length > 0 ? formatTags(given) : '*';
  const lines = await request(session, 'ROOM', motd === undefined ? [room, words] : [room, words, motd]);
  return kept(session, room, lines);
}

/** The values in an answer; the room's buffer keeps them. */
function kept(session, room, lines) {
  const values = valuesIn(lines.findLast(({ command }) => command === 'ROOM') ?? { params: [] });
  session.act(() => session.chat.buffer(room).setSettings(values));
  return values;
}

/** Look a person up. Times in ms; `idle` in seconds, -1 where unknown. @param {Session} session */
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
 * Search messages. Returns entries with their `target`, oldest first. Spec: soju.im/search.
 * @param {Session} session
 * @param {{text?: string, target?: string, from?: string, before?: number, limit?: number}} wanted
 */
export async function search(session, { text = '', target = '', from = '', before = 0, limit = 50 }) {
  if (!session.chat.has('soju.im/search')) throw new ChatError('NO_SEARCH', 'This server has no search.');
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

/** The pinned messages of a room, as entries. Spec: chatstore/pins. @param {Session} session */
export async function pins(session, room) {
  const about = { ...session.chat.about(), key: '' };
  return (await request(session, 'PINS', [room])).filter(({ command }) => command === 'PRIVMSG' || command === 'NOTICE')
    .flatMap((line) => entryOf(line, { ...about, key: line.tags.msgid ?? '' }) ?? []);
}

/** The texts that a message had before, the oldest first: [{time, text}]. @param {Session} session */
export async function earlierTexts(session, target, msgid) {
  return (await request(session, 'EDITS', [target, msgid]))
    .filter(({ command, tags }) => command === 'EDITS' && 'draft/edit-text' in tags)
    .map(({ tags }) => ({ time: parseTime(tags.time), text: tags['draft/edit-text'] }));
}

/** Send a text to a service (NickServ, ChanServ); its answer, a text for each line. @param {Session} session */
export async function service(session, nick, text) {
  const lines = await request(session, 'PRIVMSG', [nick, text]);
  return lines.filter(({ command }) => command === 'NOTICE').map(({ params }) => params[1] ?? '');
}

/**
 * The lines, unless one of them is an error.
 * @param {import('./line.js').Line[]} lines
 * @throws {ChatError}
 */
export function throwIfRefused(lines) {
  const refusal = errorIn(lines);
  if (refusal !== null) throw refusal;
  return lines;
}

/** Send a command whose answer is for the caller alone. @throws {ChatError} @param {Session} session */
export async function request(session, command, params) {
  return throwIfRefused(await session.ask(command, params, { quiet: true }));
}

/**
 * Fetch a page of history; see history.js.
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
