/**
 * Parse and format a line of IRC. The cases in tests/vectors/line.json hold here and for chatstore/irc/line.py.
 *
 * Grammar: IRCv3 message-tags ("Format", "Rules for extracting values") and the Modern IRC client protocol
 * ("Message Format").
 */

/**
 * `@tags :source COMMAND params`; tag values are unescaped, the command is upper case.
 * @typedef {{command: string, params: string[], source: string, tags: Record<string, string>}} Line
 */

/** The text is not a line of IRC, or a line cannot carry it; the message says why. */
export class LineError extends Error {}

const ESCAPES = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };
const UNESCAPES = { ':': ';', s: ' ', '\\': '\\', r: '\r', n: '\n' };

/**
 * Parse a text without CR LF.
 * @param {string} text
 * @returns {Line}
 * @throws {LineError}
 */
export function parse(text) {
  if (text.includes('\0')) throw new LineError('A line cannot contain NUL.');
  let rest = text;
  let tags = Object.create(null);
  let source = '';
  if (rest.startsWith('@')) {
    const [data, after] = cut(rest.slice(1), ' ');
    if (after === null) throw new LineError('There is no command after the tags.');
    tags = parseTags(data);
    rest = after;
  }
  rest = rest.replace(/^ +/, '');
  if (rest.startsWith(':')) {
    const [word, after] = cut(rest.slice(1), ' ');
    source = word;
    rest = after ?? '';
    if (rest.startsWith(':')) throw new LineError('There is no command.');
  }
  const [middle, trailing] = cut(rest, ' :');
  const words = middle.split(' ').filter((word) => word !== '');
  if (words.length === 0) throw new LineError('There is no command.');
  const command = words.shift();
  if (!/^[!-~]+$/.test(command)) throw new LineError('A command is printable ASCII.');
  if (trailing !== null) words.push(trailing);
  return { command: command.toUpperCase(), params: words, source, tags };
}

/**
 * Parse the text between `@` and the space. Of a repeated key the last value counts.
 * @param {string} data
 */
export function parseTags(data) {
  // Without a prototype: a tag may be named `__proto__` or `constructor`.
  const tags = Object.create(null);
  for (const tag of data.split(';')) {
    const [key, value] = cut(tag, '=');
    if (key) tags[key] = unescape(value ?? '');
  }
  return tags;
}

/**
 * Format a line, without CR LF. The last parameter gets a colon where it needs one, or always with `trailing`.
 * @param {string} command
 * @param {string[]} params
 * @param {{source?: string, tags?: Record<string, string>, trailing?: boolean}} [more]
 * @throws {LineError} for what no line can carry
 */
export function format(command, params = [], { source = '', tags = {}, trailing = false } = {}) {
  const words = [];
  if (Object.keys(tags).length > 0) words.push(`@${formatTags(tags)}`);
  if (source) words.push(`:${source}`);
  words.push(command);
  for (const param of params.slice(0, -1)) {
    if (param === '' || param.startsWith(':') || param.includes(' ')) {
      throw new LineError(`This cannot be empty, start with a colon or contain a space: ${JSON.stringify(param)}`);
    }
    words.push(param);
  }
  if (params.length > 0) {
    const last = params[params.length - 1];
    words.push(trailing || last === '' || last.startsWith(':') || last.includes(' ') ? `:${last}` : last);
  }
  const text = words.join(' ');
  if (/[\r\n\0]/.test(text)) throw new LineError('A line cannot contain CR, LF or NUL.');
  return text;
}

/** Format the text between `@` and the space; a tag without a value has no `=`. */
export function formatTags(tags) {
  return Object.entries(tags)
    .map(([key, value]) => (value ? `${key}=${escape(value)}` : key))
    .join(';');
}

export function escape(value) {
  return value.replace(/[; \\\r\n]/g, (character) => ESCAPES[character]);
}

/** The reverse of escape(). A backslash at the end or before any other character is dropped. */
export function unescape(value) {
  return value.replace(/\\(.?)/gsu, (_, character) => UNESCAPES[character] ?? character);
}

/**
 * `alice` of `alice!u@h`.
 * @param {string} source
 */
export function nickOf(source) {
  return cut(source, '!')[0];
}

/** The text before and after the first mark; [text, null] without one. */
function cut(text, mark) {
  const place = text.indexOf(mark);
  return place < 0 ? [text, null] : [text.slice(0, place), text.slice(place + mark.length)];
}
