/** What is wrong with a name that somebody wants, before the server is asked: it has the last word. */

/** The same characters as in chatstore/chat/names.py. */
const FORBIDDEN = /[\s,:*?!@#$%&+~.<>"'/;=()\\]/gu;

/** The nearest name without what no name can have; '' where nothing is left of it. */
export function suggestName(text) {
  return text.trim().replace(/^-+/, '').replace(FORBIDDEN, '_').replace(/_{2,}/g, '_').replace(/^_+|_+$/g, '').slice(0, 32);
}

/** A sentence, or '' for a name that may do. */
export function nameError(text) {
  FORBIDDEN.lastIndex = 0;
  if (!FORBIDDEN.test(text) && !text.startsWith('-')) return '';
  const nearest = suggestName(text);
  return `Use only letters, digits, - and _, and do not start with -.${nearest ? ` Try ${nearest}.` : ''}`;
}
