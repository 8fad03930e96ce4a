/** What Tab makes of the word before the cursor: a nick, a room, a command or an emoji. Pressed again, the next that fits. */

import { matchesTyped } from '../irc/names.js';
import { emojisNamed } from './emoji.js';

/** So many are offered of a name. */
const EMOJIS = 30;

/** The beginning of an emoji's name that stands before the cursor, `:like_this`; '' where there is none. */
export function emojiTyped(text, cursor) {
  return /(?:^|\s):([a-z][a-z0-9_+-]+|[+-]1):?$/i.exec(text.slice(0, cursor))?.[1] ?? '';
}

/**
 * Everything that the word may become, the likeliest first, each with what is put behind it.
 * @param {string} text
 * @param {number} cursor
 * @param {{nicks: string[], rooms: string[], commands: string[], emojis: import('./emoji.js').Emoji[]}} known nicks: those
 *   who spoke last first
 * @returns {{start: number, endings: string[]}} `start`: where the word begins; `endings`: what may stand there
 */
export function endings(text, cursor, { nicks, rooms, commands, emojis }) {
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
  return { start, endings: nicks.filter((nick) => begins(nick, word.slice(at.length))).map((nick) => at + nick + behind) };
}

/** The text and the cursor when the part from `start` to `end` is replaced. */
export function replaced(text, start, end, ending) {
  return { text: text.slice(0, start) + ending + text.slice(end), cursor: start + ending.length };
}
