/** Tab completion of the word before the cursor: nicks, rooms, commands and emoji. Tab again takes the next match. */

import { ROOM, matchesTyped } from '../irc/names.js';
import { emojisNamed } from './emoji.js';

/** Emoji to offer for a name. */
const EMOJIS = 30;

/** The start of an emoji's name before the cursor, `:like_this`; '' without one. */
export function emojiTyped(text, cursor) {
  return /(?:^|\s):([a-z][a-z0-9_+-]+|[+-]1):?$/i.exec(text.slice(0, cursor))?.[1] ?? '';
}

/**
 * All completions of the word, most likely first, each with what follows it (a space, or a colon after a nick).
 * @param {string} text
 * @param {number} cursor
 * @param {{nicks: string[], rooms: string[], commands: string[], emojis: import('./emoji.js').Emoji[], leads?: boolean}} known
 *   nicks: most recent speakers first; leads: whether we may mention everybody
 * @returns {{start: number, endings: string[]}} `start`: where the word begins; `endings`: its replacements
 */
export function endings(text, cursor, { nicks, rooms, commands, emojis, leads = false }) {
  const word = /\S*$/.exec(text.slice(0, cursor))[0];
  const start = cursor - word.length;
  if (word === '') return { start, endings: [] };
  const begins = (name, typed) => matchesTyped(name, typed, (whole, part) => whole.startsWith(part));
  if (word.startsWith('#')) return { start, endings: rooms.filter((room) => begins(room, word)).map((room) => `${room} `) };
  if (word.startsWith('/') && start === 0) {
    return { start, endings: commands.filter((name) => begins(name, word.slice(1))).map((name) => `/${name} `) };
  }
  const emoji = emojiTyped(text, cursor);
  if (emoji) return { start, endings: emojisNamed(emojis, emoji).slice(0, EMOJIS).map((one) => `${one.emoji} `) };
  const at = word.startsWith('@') ? '@' : '';
  const behind = start === 0 && !at ? ': ' : ' ';
  const all = leads && word.length > 1 && ROOM.startsWith(word.toLowerCase()) ? [`${ROOM} `] : [];
  return { start, endings: all.concat(nicks.filter((nick) => begins(nick, word.slice(at.length))).map((nick) => at + nick + behind)) };
}

/** The text and the cursor after replacing the part from `start` to `end`. */
export function replaced(text, start, end, ending) {
  return { text: text.slice(0, start) + ending + text.slice(end), cursor: start + ending.length };
}

/** The nicks here, most recent speakers first. */
export function spokenLast({ entries, members, name, room }) {
  const nicks = new Set();
  for (let at = entries.length - 1; at >= 0 && at > entries.length - 300; at -= 1) {
    if (entries[at].nick && entries[at].kind !== 'event') nicks.add(entries[at].nick);
  }
  const present = new Set([...members.values()].map((one) => one.nick));
  if (!room) present.add(name);
  const first = [...nicks].filter((nick) => present.has(nick));
  return [...new Set([...first, ...[...present].sort((one, other) => one.localeCompare(other))])];
}
