/**
 * The text of a message as components: links, mentions, code. Text stays text: whatever somebody writes becomes a text
 * node, and an address becomes a link only when it is one of the web's.
 */

import { tokenize } from '../vendor/linkify.js';
import { html } from './html.js';

/** Colours and styles of IRC clients. What they mean is left away, so that they don't show as boxes. */
const STYLES = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/gi;
/** What shows nothing and can make text read as what it isn't: controls, and directions that end nowhere. */
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CODE = /```(?:[\w+-]*\n)?([\s\S]+?)```|`([^`\n]+)`/g;

/** Text without what cannot be seen. */
export function plain(text) {
  return text.replace(STYLES, '').replace(HIDDEN, '');
}

/**
 * @param {{text: string, nick?: string}} props `nick`: whose mention is marked, '' for nobody's
 */
export function Body({ text, nick = '' }) {
  const parts = [];
  let place = 0;
  const shown = plain(text);
  for (const found of shown.matchAll(CODE)) {
    if (found.index > place) parts.push(...linked(shown.slice(place, found.index), nick));
    if (found[1] === undefined) parts.push(html`<code>${found[2]}</code>`);
    else parts.push(html`<pre tabindex="0"><code>${found[1].replace(/\n$/, '')}</code></pre>`);
    place = found.index + found[0].length;
  }
  parts.push(...linked(shown.slice(place), nick));
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

/** The address, where it is one that may be followed; '' else. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : '';
  } catch {
    return '';
  }
}

/** The text with the places where our nick stands marked. */
function mentioned(text, nick) {
  if (!nick) return [text];
  const literal = nick.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const pieces = text.split(new RegExp(`(?<![\\p{L}\\p{N}_-])(@?${literal})(?!-?[\\p{L}\\p{N}_])`, 'iu'));
  return pieces.map((piece, index) => (index % 2 ? html`<mark>${piece}</mark>` : piece)).filter((piece) => piece !== '');
}
