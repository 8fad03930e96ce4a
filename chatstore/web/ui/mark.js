/** The mark of what no person here has written: a bot's messages, and those that a bridge passes on. */

import { html } from './html.js';

/** @param {{bot?: boolean, relayed?: string}} props of an entry or a member; `relayed`: the bridge */
export function Mark({ bot = false, relayed = '' }) {
  if (relayed) return html` <span class="tag" title=${`Relayed by ${relayed}`}>relayed</span>`;
  return bot ? html` <span class="tag">bot</span>` : null;
}

/** Whether a nick is of somebody elsewhere: nobody here has a slash in it. Spec: draft/relaymsg. */
export function isElsewhere(nick) {
  return nick.includes('/');
}

/** Who they are, in words. Spec: docs/webhooks.md. */
export function elsewhereText(nick) {
  return nick.endsWith('/hook') ? 'A webhook of a room: another program says this' : 'Writes elsewhere; a bridge relays it';
}
