/** No buffer is open: which rooms there are to enter, or that one is to be chosen. */

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
    return html`<section class="empty-state">${list}<h1>Nothing open</h1>
      <p>Choose a room or a person from the list, or press Ctrl K. F1 lists all keys.</p></section>`;
  }
  return html`<section class="empty-state">${list}<h1>Welcome</h1>
    <p>Enter a room to talk in, or make one. Everything that is said in it is kept, and is here when you come back.</p>
    <${RoomList} onEnter=${enter} />
    <p class="buttons"><button type="button" class="main-button" onClick=${() => page.showDialog('join')}>Join or make a room</button>
      <button type="button" onClick=${() => page.showDialog('direct')}>Write to somebody</button></p></section>`;
}
