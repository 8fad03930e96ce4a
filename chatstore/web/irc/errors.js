/** Errors of requests: what the server refused, or a lost connection left without an answer. */

/** @typedef {import('./line.js').Line} Line */

/** `code`: a numeric, the code of a standard reply, or one of ours. `message`: the text for people. */
export class ChatError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The first error among the lines; null where there is none.
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
