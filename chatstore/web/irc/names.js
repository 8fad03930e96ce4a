/** Names of rooms and people: when two are the same, and what kind a target of a message is. */

/** Whether a target is a room. */
export function isRoom(name) {
  return name.startsWith('#');
}

const WIDE = /[\u3000\uff00-\uffef]/g;

/**
 * What is the same for two spellings of one name, as the server compares them: PRECIS UsernameCaseMapped (RFC 8265
 * section 3.3) maps wide forms, folds case and composes. Whether a name is valid is the server's to say.
 */
export function fold(name) {
  if (/^[!-~]*$/.test(name)) return name.toLowerCase();
  return name
    .replace(WIDE, (character) => character.normalize('NFKC'))
    .toLowerCase()
    .normalize('NFC');
}

/** The fold without accents, for finding: `jose` finds José. Two names with the same one need not be the same name. */
export function withoutAccents(name) {
  return fold(name).normalize('NFD').replace(/[\u0300-\u036f]/g, '').normalize('NFC');
}

/**
 * Whether a name has these letters; typed with accents, it has to have them too.
 * @param {(name: string, typed: string) => boolean} fits
 */
export function matchesTyped(name, typed, fits) {
  return fits(fold(name), fold(typed)) || fits(withoutAccents(name), fold(typed));
}

/** `@` of `@#main` (STATUSMSG); '' for everything else that a message can be to. */
export function audienceOf(target) {
  return /^[@+]#/.test(target) ? target[0] : '';
}

/**
 * Where a nick stands alone in a text: `bob` in "bob: hi" and "@bob", not in "bobby" or "bob-smith". For matchAll: the
 * first group is what stands before it, the second the nick, with its `@`. Without a lookbehind, which Safari knows
 * from 16.4 on only: there the whole script would not be read.
 * @param {string} nick not ''
 */
export function mentionPattern(nick) {
  const literal = nick.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const word = '\\p{L}\\p{N}\\p{M}_';
  return new RegExp(`(^|[^${word}-]|(?:^|[^${word}])-)(@?${literal})(?!-?[${word}])`, 'giu');
}

/** @param {string} nick @returns {(text: string) => boolean} whether it stands alone in a text */
export function mentionMatcher(nick) {
  if (!nick) return () => false;
  const pattern = mentionPattern(nick);
  return (text) => text.search(pattern) >= 0;
}
