/**
 * A text as messages, and a message as lines: as several where the server takes that (IRCv3 draft/multiline).
 * The same rules as chatstore/client/splitting.py.
 */

import { LineError } from './line.js';

/** Bytes of one message's body: leaves room for the sender and the target in a line of 512. */
export const BODY_BYTES = 400;
const LINE_BYTES = 510;
const LEAST = 64;
export const MULTILINE = 'draft/multiline';
export const CONCAT = 'draft/multiline-concat';
const ACTION = '\x01ACTION ';

const encoder = new TextEncoder();

/** How many bytes of UTF-8 a text is. */
export function bytes(text) {
  return /^[\0-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}

/**
 * What a message of several lines may have at most: bytes, LFs included, and lines as they are sent.
 * @typedef {{bytes: number, lines: number}} Multiline
 */

/**
 * Of the capability's value, `max-bytes=4096,max-lines=24`; null where the server doesn't say.
 * @param {string} value
 * @returns {Multiline | null}
 */
export function multilineLimits(value) {
  const words = new Map(value.split(',').map((word) => /** @type {[string, string]} */ (word.split('=', 2))));
  const most = words.get('max-bytes') ?? '';
  const lines = words.get('max-lines') ?? '';
  if (!/^\d+$/.test(most) || Number(most) < BODY_BYTES) return null;
  return { bytes: Number(most), lines: /^\d+$/.test(lines) && Number(lines) > 1 ? Number(lines) : Number(most) };
}

/**
 * The bodies that say a text, whose lines end with LF: as few as the server allows.
 * @param {string} text
 * @param {number} limit bytes of a body in one line
 * @param {Multiline | null} multiline
 * @param {{action?: boolean}} [more]
 * @returns {string[]}
 * @throws {LineError} for what no line can carry
 */
export function messages(text, limit, multiline, { action = false } = {}) {
  const clean = text.replace(/\r\n?/g, '\n');
  if (clean.includes('\0')) throw new LineError('A message cannot contain the NUL character.');
  if (action) return splitAction(clean.replace(/\n+/g, ' '), limit);
  if (multiline !== null) return packed(clean, limit, multiline);
  const lines = clean.includes('\n') ? clean.split('\n').filter((line) => line.trim() !== '') : [clean];
  return lines.flatMap((line) => splitBody(line, limit));
}

/** Whether one line can carry the body. */
export function fits(body, limit) {
  return !body.includes('\n') && bytes(body) <= limit;
}

/**
 * The lines that carry a body; whether each goes on where the one before it ends.
 * @returns {Array<{text: string, joined: boolean}>}
 */
export function wireLines(body, limit) {
  return body.split('\n').flatMap((line) => {
    const parts = splitBody(line, limit);
    return (parts.length > 0 ? parts : ['']).map((text, number) => ({ text, joined: number > 0 }));
  });
}

/** Bodies within the server's limits: cut between lines, and inside a line only where it alone is too much. */
function packed(text, limit, multiline) {
  const bodies = [];
  let body = '';
  let lines = 0;
  const room = (longer, count) => count <= multiline.lines && bytes(longer) <= multiline.bytes;
  for (const line of text.split('\n')) {
    const parts = wireLines(line, limit);
    if (lines > 0 && !room(`${body}\n${line}`, lines + parts.length)) {
      bodies.push(body);
      body = '';
      lines = 0;
    }
    for (const part of parts) {
      let longer = body + (part.joined || lines === 0 ? part.text : `\n${part.text}`);
      if (lines > 0 && !room(longer, lines + 1)) {
        bodies.push(body);
        longer = part.text;
        lines = 0;
      }
      body = longer;
      lines += 1;
    }
  }
  // Blank lines alone are no message.
  return [...bodies, body].map((one) => one.replace(/^\n+|\n+$/g, '')).filter((one) => one !== '');
}

/**
 * How long a body may be to come back in one line, as the receipt must.
 * @param {string} mask nick!user@host, '' when it isn't known
 * @param {string} target
 * @param {number} [lineLength] of ISUPPORT LINELEN, CR LF included
 */
export function bodyBytes(mask, target, lineLength = LINE_BYTES + 2) {
  const head = bytes(`:${mask} PRIVMSG ${target} :`);
  return mask ? Math.max(LEAST, Math.min(BODY_BYTES, lineLength - 2 - head)) : BODY_BYTES;
}

/**
 * The text in parts of at most `limit` (4 or more) bytes of UTF-8, cut after a space where there is one in the second
 * half. The parts joined are the text again; an empty text has no parts.
 */
export function splitBody(text, limit = BODY_BYTES) {
  const parts = [];
  let rest = text;
  while (rest !== '') {
    let end = fitting(rest, limit);
    if (end < rest.length) {
      const space = rest.lastIndexOf(' ', end - 1);
      if (space >= Math.floor(end / 2) && space > 0) end = space + 1;
    }
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts;
}

/** The bodies (CTCP ACTION) that say of the speaker what the text says. */
export function splitAction(text, limit = BODY_BYTES) {
  return splitBody(text, limit - ACTION.length - 1).map((part) => `${ACTION}${part}\x01`);
}

/** What a CTCP ACTION says; null for any other body. */
export function actionText(body) {
  return body.startsWith(ACTION) ? body.slice(ACTION.length).replace(/\x01$/, '') : null;
}

/** How many UTF-16 units of the text fit into so many bytes: whole characters, at least one. */
function fitting(text, limit) {
  let size = 0;
  let end = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    size += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (size > limit && end > 0) break;
    end += character.length;
    if (size > limit) break;
  }
  return end;
}
