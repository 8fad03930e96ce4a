/**
 * The text of a message as components: links, mentions, and what markdown.js finds. Everything that people write becomes a text node; only http
 * and https addresses become links.
 */

import { ROOM, mentionPattern } from '../irc/names.js';
import { tokenize } from '../vendor/linkify.js';
import { classes, html } from './html.js';
import { blocks } from './markdown.js';

/** Colour and style codes of IRC clients. They are removed, or they would show as boxes. */
const STYLES = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/gi;
/**
 * Control characters, and direction overrides, which make a text read as something else. Direction marks (LRM, RLM, ALM)
 * stay: some languages need them.
 */
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g;
/** Invisible characters: spaces, what Unicode says to ignore (U+200B, U+3164, …), and two that are drawn blank. */
const BLANK = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\ufff9-\ufffb\u2800\u{1d159}]*$/u;
const EMPTY = '(empty)';
/** The elements of styles, the inner ones first. */
const STYLED = [['strike', 'del'], ['italic', 'em'], ['bold', 'strong']];

/** The text without style codes and control characters. */
export function stripFormatting(text) {
  return text.replace(STYLES, '').replace(HIDDEN, '');
}

/** Whether the text has no visible character. */
export function isBlank(text) {
  return BLANK.test(stripFormatting(text));
}

/** The text to show in plain-text places; '(empty)' for a blank one. */
export function displayText(text) {
  return isBlank(text) ? EMPTY : stripFormatting(text);
}

/** An error of the server as a sentence: IRC texts end without a full stop. */
export function sentence(text) {
  const plain = stripFormatting(text).trim();
  return plain === '' || /[.!?…]$/.test(plain) ? plain : `${plain}.`;
}

/** Cut a text to so many characters as people count them (graphemes), with an ellipsis. */
export function truncate(text, most) {
  if (text.length <= most) return text;
  const pieces = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter().segment(text) : [...text].map((segment) => ({ segment }));
  const characters = [];
  for (const { segment } of pieces) {
    if (characters.length === most) return `${characters.slice(0, -1).join('')}…`;
    characters.push(segment);
  }
  return text;
}

/**
 * @param {{text: string, nick?: string}} props `nick`: whose mentions to mark; '' for none
 */
export function MessageText({ text, nick = '' }) {
  if (isBlank(text)) return html`<span class="body blank">${EMPTY}</span>`;
  const parts = [];
  let items = null;
  for (const { kind, runs } of blocks(stripFormatting(text), linkPlaces)) {
    // A block ends its line by itself.
    const shown = kind === 'text' ? runs : runs.at(-1)[1] === 'end' ? runs.slice(0, -1) : runs;
    const drawn = shown.map((run) => drawnRun(run, nick));
    if (kind !== 'item') items = null;
    if (kind === 'text') parts.push(...drawn);
    else if (kind === 'code') parts.push(html`<pre tabindex="0">${drawn}</pre>`);
    else if (kind === 'quote') parts.push(html`<blockquote>${drawn}</blockquote>`);
    else {
      if (!items) parts.push(html`<ul>${items = []}</ul>`);
      const [lead, marks] = runs[0];
      items.push(html`<li class=${classes(marks === 'number' && 'numbered', `deep-${Math.min(3, /^ */.exec(lead)[0].length >> 1)}`)}>${drawn}</li>`);
    }
  }
  return html`<span class="body" dir="auto">${parts}</span>`;
}

/** Signs stay, invisible: what is copied is what was sent. */
function drawnRun([text, marks], nick) {
  if (marks === '' || marks === 'number' || marks === 'end') return mentioned(text, nick);
  if (marks === 'sign') return html`<span class=${classes('sign', text.includes('\n') && 'line')} aria-hidden="true">${text.trim() && text.replace(/^\n|\n$/g, '')}</span>`;
  const names = marks.split(' ');
  let drawn = names.includes('code') ? html`<code>${text}</code>` : names.includes('link') ? anchor(text) : mentioned(text, nick);
  for (const [name, Tag] of STYLED) if (names.includes(name)) drawn = html`<${Tag}>${drawn}<//>`;
  return drawn;
}

function anchor(text) {
  return html`<a href=${firstAddress(text)} target="_blank" rel="noopener noreferrer">${text}</a>`;
}

/** Where the links of a text are. @returns {[start: number, end: number][]} */
export function linkPlaces(text) {
  const found = [];
  let place = 0;
  for (const token of tokenize(text)) {
    const words = token.toString();
    if (token.t === 'url' && webAddress(token.toHref('https'))) found.push([place, place + lengthOf(words)]);
    place += words.length;
  }
  return found;
}

/** The length of a link. As on the server, signs at its end are no part of it. */
function lengthOf(words) {
  let { length } = words;
  while ('*_~'.includes(words[length - 1])) length -= 1;
  return length;
}

/** The first link of a text; '' without one. */
export function firstAddress(text) {
  for (const token of tokenize(stripFormatting(text))) {
    const address = token.t === 'url' ? webAddress(token.toHref('https')) : '';
    if (address) return address;
  }
  return '';
}

/** The address if it is http or https; '' otherwise. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : '';
  } catch {
    return '';
  }
}

/** The text with mentions of our nick, and of everybody, marked. */
function mentioned(text, nick) {
  if (!nick) return [text];
  return marked(text, nick).flatMap((piece) => (typeof piece === 'string' && piece.includes('@') ? marked(piece, ROOM) : [piece]));
}

function marked(text, nick) {
  const pieces = [];
  let place = 0;
  for (const { index, 1: before, 2: name } of text.matchAll(mentionPattern(nick))) {
    const start = index + before.length;
    if (start > place) pieces.push(text.slice(place, start));
    pieces.push(html`<mark>${name}</mark>`);
    place = start + name.length;
  }
  if (place < text.length) pieces.push(text.slice(place));
  return pieces;
}
