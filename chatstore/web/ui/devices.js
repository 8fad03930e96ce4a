/** The devices and programs that are signed in to the account, and a token for another program. */

import { Acts } from './acts.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { stripFormatting } from './message-text.js';
import { shortTime } from './time-format.js';

/** What a token may do, by its scopes. */
const SCOPES = [
  ['read,write,files', 'Read, write and send files'], ['read', 'Only read'], ['write', 'Only write'], ['', 'Everything that I may do'],
];

/** What a token is limited to, to follow other words. */
export function limitText(scopes, rooms) {
  const known = SCOPES.find(([value]) => value === scopes)?.[1].toLowerCase();
  return `${scopes ? ` · may ${known ?? scopes.replaceAll(',', ', ')}` : ''}${rooms ? ` · only in ${rooms.replaceAll(',', ', ')}` : ''}`;
}

/** What to fill in for a token. The server wants the password. */
export const TOKEN_FIELDS = [
  { name: 'label', label: 'What is it for?', required: true, prose: true, placeholder: 'Backup script' },
  { name: 'scopes', label: 'It may', choices: SCOPES },
  { name: 'rooms', label: 'Only in these rooms (optional)', placeholder: '#main, #tea' },
  { name: 'password', label: 'Your password', required: true, secret: true },
];

/** The rooms that somebody typed. */
export const roomsIn = (text) => text.split(/[\s,]+/).filter(Boolean);

/** @returns {import('./acts.js').Act} */
function tokenAct(client) {
  return {
    name: 'token', label: 'Add a token for a program…', button: 'Make the token',
    says: 'A program signs in with your name and the token instead of your password. You can sign it out here at any time.',
    fields: TOKEN_FIELDS,
    run: async ({ label, scopes, rooms, password }) => {
      const token = await client.makeToken({ label, scopes, password, rooms: roomsIn(rooms) });
      return { told: 'Copy the token now: it is not shown again.', label: 'Token (shown once)', link: token };
    },
  };
}

export function Devices() {
  const { client } = useApp();
  const [list, setList] = useState(null);
  const { busy, error, run } = useAsync();
  const look = () => run(async () => setList(await client.tokens()));
  useEffect(() => {
    look();
  }, []);
  const remove = (id) => run(async () => {
    await client.removeToken(id);
    setList(await client.tokens());
  });
  return html`<section class="setting"><h3>Devices</h3>
    <p class="hint">These devices and programs stay signed in until you sign them out.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <ul class="devices">${(list ?? []).map(({ id, label, created, used, state, own, scopes, rooms }) => html`<li key=${id}>
      <span class="device-name" dir="auto">${stripFormatting(label) || 'Unnamed device'}${own && html` <span class="tag">this device</span>`}</span>
      <span class="hint">${state === 'offline' ? (used ? `Last used ${shortTime(used)}` : 'Never used') : 'Online now'} · signed in ${shortTime(created)}${limitText(scopes, rooms)}</span>
      ${!own && html`<button type="button" disabled=${busy} aria-label=${`Sign out ${stripFormatting(label) || 'Unnamed device'}`} onClick=${() => remove(id)}>Sign out</button>`}
    </li>`)}</ul>
    ${list !== null && html`<${Acts} onDone=${look} acts=${[tokenAct(client)]} />`}
    ${list?.length === 0 && html`<p class="hint">No devices stay signed in. This page is signed in until you close it.</p>`}
  </section>`;
}
