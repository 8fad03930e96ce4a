/** The devices that stay signed in, each by a token of its own that can be taken away. */

import { useAsking } from './asking.js';
import { plain } from './body.js';
import { shortTime } from './clock.js';
import { useHere } from './here.js';
import { html, useEffect, useState } from './html.js';

export function Devices() {
  const { client } = useHere();
  const [list, setList] = useState(null);
  const { busy, trouble, ask } = useAsking();
  const look = () => ask(async () => setList(await client.tokens()));
  useEffect(() => {
    look();
  }, []);
  const remove = (id) => ask(async () => {
    await client.removeToken(id);
    setList(await client.tokens());
  });
  return html`<section class="setting"><h3>Devices</h3>
    <p class="hint">These are signed in, and stay so until you sign them out.</p>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
    <ul class="devices">${(list ?? []).map(({ id, label, created, used, state, own }) => html`<li key=${id}>
      <span class="device-name" dir="auto">${plain(label) || 'unnamed'}${own && html` <span class="tag">this one</span>`}</span>
      <span class="hint">${state === 'offline' ? (used ? `last used ${shortTime(used)}` : 'never used') : 'online now'}, since ${shortTime(created)}</span>
      ${!own && html`<button type="button" disabled=${busy} aria-label=${`Sign out ${plain(label) || 'unnamed'}`} onClick=${() => remove(id)}>Sign out</button>`}
    </li>`)}</ul>
    ${list?.length === 0 && html`<p class="hint">None but this page, until it is closed.</p>`}
  </section>`;
}
