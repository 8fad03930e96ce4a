/** A room that one is not in, with the way in. */

import { useAsking } from './asking.js';
import { useHere } from './here.js';
import { html, useState } from './html.js';

/** Why a room lets somebody not in, by the numeric of RFC 2812. */
const REASONS = {
  471: (room) => `${room} is full.`,
  473: (room) => `${room} is open to invited people only. Ask an operator of the room for an invitation.`,
  474: (room) => `You are banned from ${room}. Only an operator of the room can lift the ban.`,
  475: (room) => `${room} has a key. Enter it to join.`,
};

/** What a refused JOIN means, in a sentence. */
export function whyNot(room, { code, message }) {
  return REASONS[code]?.(room) ?? message;
}

export function Enter({ room, again = false }) {
  const { client, page } = useHere();
  const [key, setKey] = useState('');
  const [asksKey, setAsksKey] = useState(false);
  const { busy, trouble, ask } = useAsking();
  const enter = (event) => {
    event.preventDefault();
    ask(async () => {
      try {
        page.open(await client.join(room, key.trim()));
      } catch (error) {
        if (error.code === '475') setAsksKey(true);
        throw new Error(whyNot(room, error));
      }
    });
  };
  return html`<form class="enter" onSubmit=${enter}>
    ${asksKey && html`<label>Key of the room <input name="key" value=${key} autocomplete="off"
      onInput=${(event) => setKey(event.currentTarget.value)} /></label>`}
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
    <button type="submit" class="main-button" disabled=${busy}>${again ? 'Join again' : 'Join'}</button>
  </form>`;
}
