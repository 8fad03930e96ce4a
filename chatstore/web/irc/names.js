/** Names of rooms and people: comparing them, and finding them in texts. */

/** Whether a target is a room. */
export function isRoom(name) {
  return name.startsWith('#');
}

const WIDE = /[\u3000\uff00-\uffef]/g;

/**
 * Fold a name: two spellings of one name have the same fold. As on the server, by PRECIS UsernameCaseMapped (RFC 8265
 * section 3.3): map wide forms, fold case, compose. The server checks whether a name is valid.
 */
export function fold(name) {
  if (/^[!-~]*$/.test(name)) return name.toLowerCase();
  return name
    .replace(WIDE, (character) => character.normalize('NFKC'))
    .toLowerCase()
    .normalize('NFC');
}

/** The fold without accents, for searching: `jose` finds José. Different names may have the same one. */
export function withoutAccents(name) {
  return fold(name).normalize('NFD').replace(/[\u0300-\u036f]/g, '').normalize('NFC');
}

/**
 * Whether a name matches what was typed. Accents that were typed must match; others need not be typed.
 * @param {(name: string, typed: string) => boolean} fits
 */
export function matchesTyped(name, typed, fits) {
  return fits(fold(name), fold(typed)) || fits(withoutAccents(name), fold(typed));
}

/** `@` of `@#main` (STATUSMSG); '' for other targets. */
export function audienceOf(target) {
  return /^[@+]#/.test(target) ? target[0] : '';
}

/**
 * A pattern for a nick as a whole word: `bob` in "bob: hi" and "@bob", not in "bobby" or "bob-smith". For matchAll: the
 * first group is what precedes it, the second the nick with its `@`. It has no lookbehind: Safari before 16.4 would
 * refuse the whole script.
 * @param {string} nick not ''
 */
export function mentionPattern(nick) {
  const literal = nick.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const word = '\\p{L}\\p{N}\\p{M}_';
  return new RegExp(`(^|[^${word}-]|(?:^|[^${word}])-)(@?${literal})(?!-?[${word}])`, 'giu');
}

/** What mentions everybody in a room, if an operator of it says so. */
export const ROOM = '@room';

/** @param {string} nick @returns {(text: string) => boolean} whether a text mentions it */
export function mentionMatcher(nick) {
  if (!nick) return () => false;
  const pattern = mentionPattern(nick);
  return (text) => text.search(pattern) >= 0;
}
