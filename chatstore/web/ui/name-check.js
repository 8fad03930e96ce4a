/** Checks a new name before asking the server, which decides. */

/** Characters that the server does not allow in names. */
const FORBIDDEN = /[\s,:*?!@#$%&+~.<>"'/;=()\\]/gu;

/** The name without forbidden characters; '' where nothing is left. */
export function suggestName(text) {
  return text.trim().replace(/^-+/, '').replace(FORBIDDEN, '_').replace(/_{2,}/g, '_').replace(/^_+|_+$/g, '').slice(0, 32);
}

/** What is wrong with the name, in a sentence; '' if it may do. */
export function nameError(text) {
  FORBIDDEN.lastIndex = 0;
  if (!FORBIDDEN.test(text) && !text.startsWith('-')) return '';
  const nearest = suggestName(text);
  return `Use only letters, digits, - and _, and do not start with -.${nearest ? ` Try ${nearest}.` : ''}`;
}
