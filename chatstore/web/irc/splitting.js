/**
 * Split a text into messages, and a message into lines; several lines make one message where the server accepts that
 * (IRCv3 draft/multiline).
 */

import { LineError } from './line.js';

/** Bytes of a message's body: a line of 512 also has to hold the sender and the target. */
export const BODY_BYTES = 400;
const LINE_BYTES = 510;
const LEAST = 64;
export const MULTILINE = 'draft/multiline';
export const CONCAT = 'draft/multiline-concat';
const ACTION = '\x01ACTION ';

const encoder = new TextEncoder();

/** The length of a text in bytes of UTF-8. */
export function bytes(text) {
  return /^[\0-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}

/**
 * Limits of a message of several lines: bytes with LFs included, and lines as sent.
 * @typedef {{bytes: number, lines: number}} Multiline
 */

/**
 * Parse the capability's value, `max-bytes=4096,max-lines=24`; null where it has no usable limit.
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
 * Split a text into as few message bodies as the server allows.
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
 * Split a body into lines. `joined`: the line continues the one before it.
 * @returns {Array<{text: string, joined: boolean}>}
 */
export function wireLines(body, limit) {
  return body.split('\n').flatMap((line) => {
    const parts = splitBody(line, limit);
    return (parts.length > 0 ? parts : ['']).map((text, number) => ({ text, joined: number > 0 }));
  });
}

/** Bodies within the server's limits: split between lines, and inside a line only where it alone is too long. */
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
  // Blank lines alone make no message.
  return [...bodies, body].map((one) => one.replace(/^\n+|\n+$/g, '')).filter((one) => one !== '');
}

/**
 * The bytes of a body that still fit into one line when it is echoed with our mask: the receipt compares bodies.
 * @param {string} mask nick!user@host, '' when it isn't known
 * @param {string} target
 * @param {number} [lineLength] of ISUPPORT LINELEN, CR LF included
 */
export function bodyBytes(mask, target, lineLength = LINE_BYTES + 2) {
  const head = bytes(`:${mask} PRIVMSG ${target} :`);
  return mask ? Math.max(LEAST, Math.min(BODY_BYTES, lineLength - 2 - head)) : BODY_BYTES;
}

/**
 * Split a text into parts of at most `limit` (4 or more) bytes of UTF-8, after a space where there is one in the second
 * half. Joined, the parts are the text again; an empty text has no parts.
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

/** Split a text into CTCP ACTION bodies. */
export function splitAction(text, limit = BODY_BYTES) {
  return splitBody(text, limit - ACTION.length - 1).map((part) => `${ACTION}${part}\x01`);
}

/** The text of a CTCP ACTION; null for any other body. */
export function actionText(body) {
  return body.startsWith(ACTION) ? body.slice(ACTION.length).replace(/\x01$/, '') : null;
}

/** The UTF-16 units of the text that fit into so many bytes: whole characters, at least one. */
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
