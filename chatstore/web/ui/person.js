/** How people look: a colour and an avatar with their first letter; and the roles of members. */

import { fold } from '../irc/names.js';
import { html } from './html.js';

const COLOURS = 10;

/** The number of a nick's colour, the same on every device. */
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

/** Roles by prefix. */
export const ROLES = { '~': 'founder', '&': 'admin', '@': 'operator', '%': 'half-operator', '+': 'voice' };

/** Whether a member with these prefixes operates the room. */
export function isOperator(prefix = '') {
  return /[~&@%]/.test(prefix);
}
