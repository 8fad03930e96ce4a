/** The dialog that joins a room by its name or from the list. */

import { isRoom } from '../irc/names.js';
import { useApp, useAsync } from './hooks.js';
import { Dialog } from './dialog.js';
import { html, useState } from './html.js';
import { RoomList } from './room-list.js';

export function JoinDialog({ close }) {
  const { client, page } = useApp();
  const [name, setName] = useState('');
  const [key, setKey] = useState('');
  const [asksKey, setAsksKey] = useState(false);
  const { busy, error, run } = useAsync();
  const enter = (text) => run(async () => {
    const room = isRoom(text) ? text : `#${text}`;
    try {
      await client.join(room, key);
    } catch (error) {
      if (error.code === '475') setAsksKey(true);
      throw error;
    }
    close();
    page.open(room);
  });
  const wanted = name.trim().replace(/^#/, '').toLowerCase();
  return html`<${Dialog} title="Join or create a room" onClose=${close}>
    <form onSubmit=${(event) => { event.preventDefault(); if (wanted) enter(name.trim()); }}>
      <label>Room name <input data-first name="room" value=${name} placeholder="#tea" autocapitalize="none" spellcheck=${false}
        autocomplete="off" onInput=${(event) => setName(event.currentTarget.value)} />
        <small>If the room does not exist, you create and own it.</small></label>
      ${asksKey && html`<label>Room key <input name="key" value=${key} autocomplete="off"
        onInput=${(event) => setKey(event.currentTarget.value)} /></label>`}
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <p class="buttons"><button type="submit" class="main-button" disabled=${busy || !wanted}>Join</button></p>
    </form>
    <h3>Public rooms</h3>
    <${RoomList} wanted=${wanted} busy=${busy} onEnter=${enter} />
  <//>`;
}
