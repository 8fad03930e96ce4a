/** The words of a search, marked in what was found: the beginnings of words, as the server's index looks for them. */

import { withoutAccents, fold } from '../irc/names.js';

/**
 * The text in pieces: [piece, whether it is a hit]. A word without accents finds one with them, as the server does;
 * asked with accents it is exact.
 * @param {string} text
 * @param {string} words
 * @returns {Array<[string, boolean]>}
 */
export function highlight(text, words) {
  const wanted = words.split(/[^\p{L}\p{N}\p{M}_]+/u).filter(Boolean).map(fold);
  const pieces = [];
  const add = (piece, hit) => {
    const before = pieces[pieces.length - 1];
    if (before && before[1] === hit) before[0] += piece;
    else if (piece) pieces.push([piece, hit]);
  };
  for (const part of text.split(/([\p{L}\p{N}\p{M}_]+)/u)) {
    const found = wanted.filter((word) => fold(part).startsWith(word) || withoutAccents(part).startsWith(word));
    const length = Math.max(0, ...found.map((word) => lengthOf(part, word)));
    add(part.slice(0, length), true);
    add(part.slice(length), false);
  }
  return pieces;
}

/** How much of the word the letters that were asked for are: an accent may be a character of its own. */
function lengthOf(part, word) {
  for (let length = 0; length < part.length; length += 1) {
    const begin = part.slice(0, length);
    const whole = !/^\p{M}/u.test(part.slice(length));
    if (whole && (fold(begin).startsWith(word) || withoutAccents(begin).startsWith(word))) return length;
  }
  return part.length;
}
