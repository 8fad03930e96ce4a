/** How people look: a colour of their own, and their first letter where a picture would be. */

import { fold } from '../irc/names.js';
import { html } from './html.js';

const COLOURS = 10;

/** A number from the nick, the same on every screen. */
export function colourOf(nick) {
  let sum = 7;
  for (const character of fold(nick)) sum = (sum * 31 + character.codePointAt(0)) % 65_521;
  return sum % COLOURS;
}

export function Avatar({ nick, small = false }) {
  const letter = [...nick.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? nick[0] ?? '?';
  return html`<span class=${small ? 'avatar small' : 'avatar'} data-colour=${colourOf(nick)} aria-hidden="true">
    ${letter.toUpperCase()}
  </span>`;
}

/** What a prefix of a member means. */
export const ROLES = { '~': 'owner', '&': 'admin', '@': 'operator', '%': 'half-operator', '+': 'voice' };

/** Whether somebody with these prefixes may change the room, the topic and who is in it. */
export function isOperator(prefix = '') {
  return /[~&@%]/.test(prefix);
}
