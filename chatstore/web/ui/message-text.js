/**
 * The text of a message as components: links, mentions, code. Everything that people write becomes a text node; only http
 * and https addresses become links.
 */

import { mentionPattern } from '../irc/names.js';
import { tokenize } from '../vendor/linkify.js';
import { html } from './html.js';

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
const CODE = /```(?:[\w+-]*\n)?([\s\S]+?)```|`([^`\n]+)`/g;

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
  const parts = [];
  let place = 0;
  if (isBlank(text)) return html`<span class="body blank">${EMPTY}</span>`;
  const body = stripFormatting(text);
  for (const found of body.matchAll(CODE)) {
    if (found.index > place) parts.push(...linked(body.slice(place, found.index), nick));
    if (found[1] === undefined) parts.push(html`<code>${found[2]}</code>`);
    else parts.push(html`<pre tabindex="0"><code>${found[1].replace(/\n$/, '')}</code></pre>`);
    place = found.index + found[0].length;
  }
  parts.push(...linked(body.slice(place), nick));
  return html`<span class="body" dir="auto">${parts}</span>`;
}

function linked(text, nick) {
  if (!text) return [];
  return tokenize(text).flatMap((token) => {
    const address = token.t === 'url' ? webAddress(token.toHref('https')) : '';
    if (!address) return mentioned(token.toString(), nick);
    return [html`<a href=${address} target="_blank" rel="noopener noreferrer">${token.toString()}</a>`];
  });
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

/** The text with mentions of our nick marked. */
function mentioned(text, nick) {
  if (!nick) return [text];
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
