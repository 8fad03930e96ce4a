/** No conversation is open: which rooms there are to enter, or that one is to be chosen. */

import { isRoom } from '../irc/names.js';
import { Enter } from './enter.js';
import { useHere } from './here.js';
import { html } from './html.js';
import { RoomsList } from './rooms-list.js';

export function Nothing({ conversations }) {
  const { client, page } = useHere();
  const enter = async (room) => {
    try {
      page.open(await client.join(room));
    } catch (error) {
      page.failed(error);
    }
  };
  const list = html`<span class="only-narrow"><button type="button" onClick=${() => page.set({ drawer: true })}>Conversations</button></span>`;
  if (isRoom(page.here) && client.state.connection.status === 'online') {
    return html`<section class="nothing">${list}<h1 dir="auto">${page.here}</h1>
      <p>You are not in this room.</p><${Enter} key=${page.here} room=${page.here} /></section>`;
  }
  if (conversations.length > 0) {
    return html`<section class="nothing">${list}<h1>Nothing open</h1>
      <p>Choose a room or a person from the list, or press Ctrl K. F1 lists all keys.</p></section>`;
  }
  return html`<section class="nothing">${list}<h1>Welcome</h1>
    <p>Enter a room to talk in, or make one. Everything that is said in it is kept, and is here when you come back.</p>
    <${RoomsList} onEnter=${enter} />
    <p class="buttons"><button type="button" class="main-button" onClick=${() => page.show('join')}>Join or make a room</button>
      <button type="button" onClick=${() => page.show('direct')}>Write to somebody</button></p></section>`;
}
