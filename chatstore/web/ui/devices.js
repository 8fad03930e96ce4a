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

/** Whether it is a program's for certain: browsers have tokens without limits. */
export const isLimited = ({ scopes = '', rooms = '' }) => scopes !== '' || rooms !== '';

/** What a device or a token is, in words: what it may do and where, and when it was used and made. */
export function tokenText(token) {
  const { scopes, rooms, state, used, created } = token;
  const known = SCOPES.find(([value]) => value === scopes)?.[1].toLowerCase();
  return [
    scopes && `May ${known ?? scopes.replaceAll(',', ', ')}`, rooms && `only in ${rooms.replaceAll(',', ', ')}`,
    state !== 'offline' ? 'online now' : used ? `last used ${shortTime(used)}` : 'never used',
    `${isLimited(token) ? 'made' : 'signed in'} ${shortTime(created)}`,
  ].filter(Boolean).map((part, place) => (place === 0 ? part[0].toUpperCase() + part.slice(1) : part)).join(' · ');
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
    says: 'A program signs in with your name and the token instead of your password. You can remove the token here at any time.',
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
  return html`<section class="setting"><h3>Devices and tokens</h3>
    <p class="hint">Devices stay signed in until you sign them out. Tokens are for programs, and work until you remove them.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <ul class="devices">${(list ?? []).map((one) => html`<${Token} key=${one.id} token=${one} busy=${busy} onRemove=${remove} />`)}</ul>
    ${list !== null && html`<${Acts} onDone=${look} acts=${[tokenAct(client)]} />`}
    ${list?.length === 0 && html`<p class="hint">No devices stay signed in. This page is signed in until you close it.</p>`}
  </section>`;
}

/** One of them in the list. */
export function Token({ token, busy, onRemove }) {
  const { id, label, own } = token;
  const name = stripFormatting(label) || (isLimited(token) ? 'Unnamed token' : 'Unnamed device');
  const act = isLimited(token) ? 'Remove' : 'Sign out';
  return html`<li>
    <span class="device-name" dir="auto">${name}${own && html` <span class="tag">this device</span>`}${isLimited(token) && html` <span class="tag">token</span>`}</span>
    <span class="hint">${tokenText(token)}</span>
    ${!own && html`<button type="button" disabled=${busy} aria-label=${`${act} ${name}`} onClick=${() => onRemove(id)}>${act}</button>`}</li>`;
}
