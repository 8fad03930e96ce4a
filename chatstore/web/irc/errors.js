/** What the server refuses, or what a lost connection leaves without an answer. */

/** @typedef {import('./line.js').Line} Line */

/** What went wrong, for whoever asked: `code` is a numeric, a standard reply's code, or a word of our own. */
export class ChatError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * What the first refusal among the lines says; null where there is none.
 * @param {Line[]} lines
 */
export function errorIn(lines) {
  for (const { command, params } of lines) {
    const text = params[params.length - 1] ?? '';
    if (command === 'FAIL') return new ChatError(params[1] ?? '', text);
    if (/^[45]\d\d$|^90[2-7]$/.test(command)) return new ChatError(command, text);
  }
  return null;
}
