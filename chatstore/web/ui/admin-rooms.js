/** All rooms of the server, private ones too; each opens the dialog with what can be done. */

import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { Filter, PagedList, useChanged, usePages, useSettled } from './paged-list.js';
import { shortTime } from './time-format.js';

const counted = (count, one, many) => `${(count ?? 0).toLocaleString()} ${count === 1 ? one : many}`;

export function Rooms({ online }) {
  const { client, page } = useApp();
  const [typed, setTyped] = useState('');
  const match = useSettled(typed.trim());
  const changed = useChanged('room-admin');
  const pages = usePages(`${online} ${changed} ${match}`, (after) => client.administration.rooms({ match, after }));
  return html`<div class="filters"><${Filter} label="Find by name" value=${typed} onChange=${setTyped} /></div>
    <${PagedList} pages=${pages} label="Rooms" empty=${match ? 'No rooms match.' : 'There are no rooms yet.'} keyOf=${(one) => one.name}
      render=${(one) => html`<button type="button" class="admin-row" onClick=${() => page.showDialog('room-admin', { name: one.name, room: one })}>
        <span class="admin-what"><span class="admin-name" dir="auto">${one.name}${kindsOf(one).map((text) => html` <span class="tag">${text}</span>`)}</span>
        <span class="hint">${summary(one)}</span></span></button>`} />`;
}

export function kindsOf(room) {
  return [room.secret && 'private', room['invite-only'] && 'invite only', room.key && 'key'].filter(Boolean);
}

export function summary({ members, events, founder, latest }) {
  return [
    counted(members, 'member', 'members'), counted(events, 'event', 'events'),
    founder ? `founder ${founder}` : 'no founder', latest && `latest ${shortTime(latest)}`,
  ].filter(Boolean).join(' · ');
}
