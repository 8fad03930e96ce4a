/** How people look: a colour, a picture or their initial, and a display name; and the roles of members. */

import { filesIn } from '../irc/file-links.js';
import { fold } from '../irc/names.js';
import { useSource } from './file-source.js';
import { useApp } from './hooks.js';
import { html } from './html.js';
import { isBlank, stripFormatting, truncate } from './message-text.js';

const COLOURS = 10;

/** The number of a nick's colour, the same on every device. */
export function colourOf(nick) {
  let sum = 7;
  for (const character of fold(nick)) sum = (sum * 31 + character.codePointAt(0)) % 65_521;
  return sum % COLOURS;
}

/** Bytes of a picture that is shown small. A larger one without a thumbnail is not loaded. */
const LARGEST = 262_144;
/** Characters of a display name. */
export const LONGEST = 60;

/**
 * A person's picture over their initial. Only files of this server are loaded: no other one learns who reads. `look`:
 * how they want to be shown, if not as the nick's owner does. `alt`: only where the nick is not beside it.
 */
export function Avatar({ nick, look = null, small = false, alt = '' }) {
  const { client } = useApp();
  const letter = [...nick.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? nick[0] ?? '?';
  const [file] = filesIn((look ?? client.profile(nick)).avatar, client.filePlaces).files;
  return html`<span class=${small ? 'avatar small' : 'avatar'} data-colour=${colourOf(nick)} aria-hidden=${alt ? null : 'true'}>
    <span aria-hidden="true">${letter.toUpperCase()}</span>
    ${file && html`<${Face} key=${file.path} file=${file} alt=${alt} client=${client} />`}
  </span>`;
}

function Face({ file, alt, client }) {
  const { src, failed, onError } = useSource(client, file.path, `${file.thumbnail}?most=${LARGEST}`);
  if (failed || !src) return null;
  return html`<img src=${src} alt=${alt} loading="lazy" decoding="async" draggable=${false} onError=${onError} />`;
}

/** A display name as it is shown: in one short line, without what makes it read as something else. */
export function shownName(name) {
  const text = stripFormatting(name).replace(/\s+/g, ' ').trim();
  return isBlank(text) ? '' : truncate(text, LONGEST);
}

/** What a person calls themselves, beside their nick; nothing if that says the same. */
export function Called({ nick, name }) {
  const shown = shownName(name);
  return shown && fold(shown) !== fold(nick) ? html`<bdi class="called" title=${shown}>${shown}</bdi>` : null;
}

/** Roles by prefix. */
export const ROLES = { '~': 'founder', '&': 'admin', '@': 'operator', '%': 'half-operator', '+': 'voice' };

/** Whether a member with these prefixes operates the room. */
export function isOperator(prefix = '') {
  return /[~&@%]/.test(prefix);
}
