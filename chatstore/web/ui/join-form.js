/** The form that joins a room, with its key if it has one. */

import { useApp, useAsync } from './hooks.js';
import { html, useState } from './html.js';

/** Why a JOIN was refused, by numeric (RFC 2812). */
const REASONS = {
  471: (room) => `${room} is full.`,
  473: (room) => `${room} is invite only. Ask an operator of the room to invite you.`,
  474: (room) => `You are banned from ${room}. Ask an operator of the room to lift the ban.`,
  475: (room) => `${room} has a key. Enter it to join.`,
};

/** A refused JOIN, explained in a sentence. */
export function joinError(room, { code, message }) {
  return REASONS[code]?.(room) ?? message;
}

export function JoinForm({ room, again = false }) {
  const { client, page } = useApp();
  const [key, setKey] = useState('');
  const [asksKey, setAsksKey] = useState(false);
  const { busy, error, run } = useAsync();
  const enter = (event) => {
    event.preventDefault();
    run(async () => {
      try {
        page.open(await client.join(room, key.trim()));
      } catch (error) {
        if (error.code === '475') setAsksKey(true);
        throw new Error(joinError(room, error));
      }
    });
  };
  return html`<form class="enter" onSubmit=${enter}>
    ${asksKey && html`<label>Room key <input name="key" value=${key} autocomplete="off"
      onInput=${(event) => setKey(event.currentTarget.value)} /></label>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <button type="submit" class="main-button" disabled=${busy}>${again ? 'Join again' : 'Join'}</button>
  </form>`;
}
