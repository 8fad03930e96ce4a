/** Shown while no buffer is open: rooms to join, or a hint to choose a conversation. */

import { isRoom } from '../irc/names.js';
import { JoinForm } from './join-form.js';
import { useApp } from './hooks.js';
import { html } from './html.js';
import { RoomList } from './room-list.js';

export function EmptyState({ buffers }) {
  const { client, page } = useApp();
  const enter = async (room) => {
    try {
      page.open(await client.join(room));
    } catch (error) {
      page.showError(error);
    }
  };
  const list = html`<span class="only-narrow"><button type="button" onClick=${() => page.set({ drawer: true })}>Conversations</button></span>`;
  if (isRoom(page.current) && client.state.connection.status === 'online') {
    return html`<section class="empty-state">${list}<h1 dir="auto">${page.current}</h1>
      <p>You are not in this room.</p><${JoinForm} key=${page.current} room=${page.current} /></section>`;
  }
  if (buffers.length > 0) {
    return html`<section class="empty-state">${list}<h1>No conversation open</h1>
      <p>Choose a room or person from the list, or press Ctrl K. Press F1 for all keys.</p></section>`;
  }
  return html`<section class="empty-state">${list}<h1>Welcome</h1>
    <p>Join a room to talk, or create one. The server keeps every message, so you can read on when you come back.</p>
    <${RoomList} onEnter=${enter} />
    <p class="buttons"><button type="button" class="main-button" onClick=${() => page.showDialog('join')}>Join or create a room</button>
      <button type="button" onClick=${() => page.showDialog('direct')}>New direct message</button></p></section>`;
}
