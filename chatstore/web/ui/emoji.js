/** The emojis that the picker offers and that Tab completes, with the names by which they are found. Any other can be typed. */

import { read, write } from './storage.js';

/** @typedef {{emoji: string, names: string[], words: string[], group: string}} Emoji `names`: shortcodes; `words`: what else finds it */

/** Those that a toolbar shows at once. */
export const QUICK = ['👍', '❤️', '😂', '✅'];
/** How many of those used last are offered. */
const RECENT = 16;

/** @type {Emoji[] | null} */
let every = null;
let loading = null;

/** All of them: they are loaded when somebody first asks for one. @returns {Promise<Emoji[]>} */
export function loadEmojis() {
  loading ??= import('../vendor/emojis.js').then(({ GROUPS }) => {
    every = GROUPS.flatMap(([group, lines]) => lines.split('\n').map((line) => emojiIn(line, group)));
    return every;
  }, (error) => {
    loading = null; // the next who asks tries again
    throw error;
  });
  return loading;
}

/** All of them, or null while they are not loaded. */
export function loadedEmojis() {
  return every;
}

function emojiIn(line, group) {
  const [emoji, names, words] = line.split('\t');
  return { emoji, group, names: names.split(' ').filter(Boolean), words: words.split(' ').filter(Boolean) };
}

/** What it is emojiName, for people. */
export function emojiName({ emoji, names, words }) {
  return names[0]?.replaceAll('_', ' ') || words.join(' ') || emoji;
}

/**
 * Those that a search mentionMatcher, the likeliest first: each word that was typed begins a name, a part of one, or a word.
 * @param {Emoji[]} list
 * @param {string} typed
 */
export function found(list, typed) {
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

/** Those of which a name begins so, the one with just this name first: what `:name` may become. */
export function emojisNamed(list, letters) {
  const typed = letters.toLowerCase();
  return sorted(list, ({ names }) => {
    if (names.includes(typed)) return 0;
    if (names[0]?.startsWith(typed)) return 1;
    return names.some((name) => name.startsWith(typed)) ? 2 : Infinity;
  });
}

/** By rank, and of one rank in the order of the list; Infinity leaves out. */
function sorted(list, rank) {
  return list.map((one) => [rank(one), one]).filter(([at]) => at < Infinity).sort(([one], [other]) => one - other).map(([, one]) => one);
}

/** Those that were used last in this browser, the newest first. */
export function recentEmojis() {
  return read('emojis').split(' ').filter(Boolean);
}

export function rememberEmoji(emoji) {
  write('emojis', [emoji, ...recentEmojis().filter((one) => one !== emoji)].slice(0, RECENT).join(' '));
}

/** Whether what was typed can stand as a reaction: short, without spaces. */
export function isReaction(text) {
  return text !== '' && !/\s/.test(text) && [...text].length <= 12;
}
