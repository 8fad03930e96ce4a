/** One's own bots: accounts of programs, which sign in by tokens alone. */

import { Acts } from './acts.js';
import { TOKEN_FIELDS, roomsIn } from './devices.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { shortTime } from './time-format.js';

export function Bots() {
  const { client } = useApp();
  const [list, setList] = useState(null);
  const { error, run } = useAsync();
  const look = () => run(async () => setList(await client.bots()));
  useEffect(() => {
    look();
  }, []);
  if (list === null && !error) return null; // a server without bots
  return html`<details class="setting"><summary><h3>Bots</h3></summary>
    <p class="hint">A bot is the account of a program. It has a name of its own, signs in by a token, and what it says is marked as a bot's.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${list?.length > 0 && html`<ul class="admin-list" aria-label="Bots">${list.map((bot) => html`<li key=${bot.name}>
      <${Bot} bot=${bot} onDone=${look} /></li>`)}</ul>`}
    ${list !== null && html`<${Acts} onDone=${look} acts=${[add(client)]} />`}
  </details>`;
}

/** A bot in a list, and what can be done with it. `owned`: whether its owner is told, too. */
export function Bot({ bot, owned = false, onDone }) {
  const { client } = useApp();
  return html`<div class="admin-row still"><span class="admin-what"><span class="admin-name" dir="auto">${bot.name} <span class="tag">bot</span></span>
      <span class="hint">${botText(bot, owned)}</span></span>
    <${Acts} about=${bot.name} onDone=${onDone} acts=${actsOn(client, bot)} /></div>`;
}

export function botText({ owner, created, tokens, online, seen }, owned = false) {
  const made = owned && `${owner ? `Owned by ${owner}` : 'Owned by the server'}${created ? `, made ${shortTime(created)}` : ''}`;
  return [made, `${tokens} ${tokens === 1 ? 'token' : 'tokens'}`, online ? 'online now' : seen ? `last seen ${shortTime(seen)}` : 'never seen'].filter(Boolean).join(' · ');
}

const shown = (token) => ({ told: 'Copy the token now: it is not shown again.', label: 'Token (shown once)', link: token });

function add(client) {
  return { name: 'add', label: 'Add a bot…', button: 'Make the bot', says: 'You get a token with which the program signs in.',
    fields: [{ name: 'name', label: 'Name', required: true, placeholder: 'builds' }, ...TOKEN_FIELDS],
    run: async ({ name, label, scopes, rooms, password }) => {
      await client.addBot(name, password);
      return shown(await client.addBotToken(name, { label, scopes, rooms: roomsIn(rooms), password }));
    } };
}

function actsOn(client, { name, tokens }) {
  return [
    { name: 'token', label: 'New token…', button: 'Make the token', fields: TOKEN_FIELDS,
      run: async ({ label, scopes, rooms, password }) => shown(await client.addBotToken(name, { label, scopes, rooms: roomsIn(rooms), password })) },
    tokens > 0 && { name: 'revoke', label: 'Remove its tokens…', button: 'Remove the tokens', says: `All tokens of ${name} stop working at once: it is signed out until it gets a new one.`,
      run: async () => {
        await client.revokeBot(name);
        return `The tokens of ${name} are removed.`;
      } },
    { name: 'remove', label: 'Remove…', danger: true, button: `Remove ${name}`, says: `${name} stops working at once, and its name is never given away. What it said stays.`,
      run: async () => {
        await client.removeBot(name);
        return `${name} is removed.`;
      } },
  ];
}
