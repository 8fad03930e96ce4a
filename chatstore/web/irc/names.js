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
export function bare(name) {
  return fold(name).normalize('NFD').replace(/[\u0300-\u036f]/g, '').normalize('NFC');
}

/** Whether a name has these letters; typed with accents, it has to have them too. @param {(name: string, typed: string) => boolean} fits */
export function fitsTyped(name, typed, fits) {
  return fits(fold(name), fold(typed)) || fits(bare(name), fold(typed));
}

/** `@` of `@#main` (STATUSMSG); '' for everything else that a message can be to. */
export function audienceOf(target) {
  return /^[@+]#/.test(target) ? target[0] : '';
}

/**
 * Whether a nick stands alone in a text: `bob` in "bob: hi" and "@bob", not in "bobby" or "bob-smith".
 * @param {string} nick
 * @returns {(text: string) => boolean}
 */
export function finds(nick) {
  if (!nick) return () => false;
  const literal = nick.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const word = '[\\p{L}\\p{N}\\p{M}_]';
  const pattern = new RegExp(`(?<!${word})(?<!${word}-)${literal}(?!-?${word})`, 'iu');
  return (text) => pattern.test(text);
}
