/** The public rooms, each with a button to join it. */

import { useApp } from './hooks.js';
import { html, useEffect, useState } from './html.js';

const MAX_SHOWN = 200;

/** `wanted`: filters by name and topic. `onEnter` is called with the name. */
export function RoomList({ wanted = '', busy = false, onEnter }) {
  const { client } = useApp();
  const [rooms, setRooms] = useState(null);
  const online = client.state.connection.status === 'online';
  useEffect(() => {
    if (online) client.rooms().then(setRooms, () => setRooms([]));
  }, [online]);
  if (rooms === null) return html`<p class="hint" role="status">Loading rooms…</p>`;
  const fits = ({ name, topic }) => name.toLowerCase().includes(wanted) || topic.toLowerCase().includes(wanted);
  const shown = rooms.filter(fits).sort((one, other) => other.count - one.count).slice(0, MAX_SHOWN);
  if (shown.length === 0) {
    return html`<p class="hint">${rooms.length ? 'No rooms match.' : 'There are no public rooms yet.'}</p>`;
  }
  return html`<ul class="choices">${shown.map(({ name, count, topic }) => html`<li key=${name}>
    <button type="button" disabled=${busy} aria-label=${`Join ${name}`} onClick=${() => onEnter(name)}>
      <span class="choice-name" dir="auto">${name}</span> <span class="count">${count} ${count === 1 ? 'member' : 'members'}</span>
      ${topic && html`<span class="choice-more" dir="auto">${topic}</span>`}</button></li>`)}</ul>`;
}
