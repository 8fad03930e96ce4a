/** What Tab makes of the word before the cursor: a nick, a room, a command or an emoji. Pressed again, the next that fits. */

import { fitsTyped } from '../irc/names.js';
import { COMMON } from './emoji.js';

/**
 * Everything that the word may become, the likeliest first, each with what is put behind it.
 * @param {string} text
 * @param {number} cursor
 * @param {{nicks: string[], rooms: string[], commands: string[]}} known nicks: those who spoke last first
 * @returns {{start: number, endings: string[]}} `start`: where the word begins; `endings`: what may stand there
 */
export function endings(text, cursor, { nicks, rooms, commands }) {
  const word = /\S*$/.exec(text.slice(0, cursor))[0];
  const start = cursor - word.length;
  if (word === '') return { start, endings: [] };
  const begins = (name, typed) => fitsTyped(name, typed, (whole, part) => whole.startsWith(part));
  if (word.startsWith('#')) return { start, endings: rooms.filter((room) => begins(room, word)).map((room) => `${room} `) };
  if (word.startsWith('/') && start === 0) {
    return { start, endings: commands.filter((name) => begins(name, word.slice(1))).map((name) => `/${name} `) };
  }
  if (/^:[a-z]{2,}:?$/i.test(word)) {
    const letters = word.replaceAll(':', '').toLowerCase();
    const named = COMMON.filter(([, names]) => names.split(' ').some((name) => name.startsWith(letters)));
    return { start, endings: named.map(([emoji]) => `${emoji} `) };
  }
  const at = word.startsWith('@') ? '@' : '';
  const behind = start === 0 && !at ? ': ' : ' ';
  return { start, endings: nicks.filter((nick) => begins(nick, word.slice(at.length))).map((nick) => at + nick + behind) };
}

/** The text and the cursor when the part from `start` to `end` is replaced. */
export function replaced(text, start, end, ending) {
  return { text: text.slice(0, start) + ending + text.slice(end), cursor: start + ending.length };
}
