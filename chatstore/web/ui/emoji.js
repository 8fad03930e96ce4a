/** The emoji of the picker and of Tab completion, with their names. Others can be typed. */

import { read, write } from './storage.js';

/** @typedef {{emoji: string, names: string[], words: string[], group: string}} Emoji `names`: shortcodes; `words`: further search words */

/** The emoji in a message's toolbar. */
export const QUICK = ['👍', '❤️', '😂', '✅'];
/** Recently used emoji to offer. */
const RECENT = 16;

/** @type {Emoji[] | null} */
let every = null;
let loading = null;

/** All emoji, loaded on first use. @returns {Promise<Emoji[]>} */
export function loadEmojis() {
  loading ??= import('../vendor/emojis.js').then(({ GROUPS }) => {
    every = GROUPS.flatMap(([group, lines]) => lines.split('\n').map((line) => emojiIn(line, group)));
    return every;
  }, (error) => {
    loading = null; // the next caller tries again
    throw error;
  });
  return loading;
}

/** All emoji; null until they are loaded. */
export function loadedEmojis() {
  return every;
}

function emojiIn(line, group) {
  const [emoji, names, words] = line.split('\t');
  return { emoji, group, names: names.split(' ').filter(Boolean), words: words.split(' ').filter(Boolean) };
}

/** The name of an emoji, for people. */
export function emojiName({ emoji, names, words }) {
  return names[0]?.replaceAll('_', ' ') || words.join(' ') || emoji;
}

/**
 * Search emoji, most likely first: each typed word must be the start of a name, of a part of one, or of a search word.
 * @param {Emoji[]} list
 * @param {string} typed
 */
export function searchEmojis(list, typed) {
  const wanted = typed.trim().toLowerCase().replace(/^:|:$/g, '').split(/[\s_]+/).filter(Boolean);
  const whole = wanted.join('_');
  return sorted(list, (one) => (one.emoji === typed.trim() ? 0 : Math.max(ofName(one), ...wanted.map((word) => ofWord(one, word)))));

  function ofName({ names }) {
    if (names.includes(whole)) return 0;
    return names.some((name) => name.startsWith(whole)) ? 1 : 2;
  }

  function ofWord({ names, words }, word) {
    if (names.some((name) => name.startsWith(word) || name.split('_').some((part) => part.startsWith(word)))) return 0;
    return words.some((one) => one.startsWith(word)) ? 3 : Infinity;
  }
}

/** Emoji with a name that starts so, exact matches first: the completions of `:name`. */
export function emojisNamed(list, letters) {
  const typed = letters.toLowerCase();
  return sorted(list, ({ names }) => {
    if (names.includes(typed)) return 0;
    if (names[0]?.startsWith(typed)) return 1;
    return names.some((name) => name.startsWith(typed)) ? 2 : Infinity;
  });
}

/** Sort by rank, stably; Infinity leaves an emoji out. */
function sorted(list, rank) {
  return list.map((one) => [rank(one), one]).filter(([at]) => at < Infinity).sort(([one], [other]) => one - other).map(([, one]) => one);
}

/** Emoji recently used in this browser, newest first. */
export function recentEmojis() {
  return read('emojis').split(' ').filter(Boolean);
}

export function rememberEmoji(emoji) {
  write('emojis', [emoji, ...recentEmojis().filter((one) => one !== emoji)].slice(0, RECENT).join(' '));
}

/** Whether a typed text can be a reaction: short, without spaces. */
export function isReaction(text) {
  return text !== '' && !/\s/.test(text) && [...text].length <= 12;
}
