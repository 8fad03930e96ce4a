/** Marks search words in results: the starts of words, as the server's index matches them. */

import { fold, withoutAccents } from '../irc/names.js';

/**
 * Split a text into [piece, whether it matches]. A search word without accents matches one with them; a word with
 * accents matches exactly. The server does the same.
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

/** How many characters of the word match: an accent may be a character of its own. */
function lengthOf(part, word) {
  for (let length = 0; length < part.length; length += 1) {
    const begin = part.slice(0, length);
    const whole = !/^\p{M}/u.test(part.slice(length));
    if (whole && (fold(begin).startsWith(word) || withoutAccents(begin).startsWith(word))) return length;
  }
  return part.length;
}
