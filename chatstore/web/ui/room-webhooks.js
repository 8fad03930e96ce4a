/** The webhooks of a room, for its operators: other programs that say something here, or hear what is said. */

import { Acts } from './acts.js';
import { useApp, useAsync } from './hooks.js';
import { classes, html, useEffect, useState } from './html.js';
import { stripFormatting } from './message-text.js';
import { shortTime } from './time-format.js';

export function RoomWebhooks({ name }) {
  const { client } = useApp();
  const [list, setList] = useState(null);
  const { error, run } = useAsync();
  const look = () => run(async () => setList(await client.webhooks(name)));
  useEffect(() => {
    look();
  }, []);
  if (list === null && !error) return null; // a server without webhooks
  return html`<details class="setting"><summary><h3>Webhooks</h3></summary>
    <p class="hint">An incoming webhook says here what another program sends to its URL. An outgoing one tells another program what is said here.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${list?.length === 0 && html`<p class="hint">${name} has no webhooks.</p>`}
    ${list?.length > 0 && html`<ul class="admin-list" aria-label="Webhooks">${list.map((hook) => html`<li key=${hook.id}>
      <${Webhook} hook=${hook} room=${name} onDone=${look} /></li>`)}</ul>`}
    ${list !== null && html`<${Acts} onDone=${look} acts=${[incoming(client, name), outgoing(client, name)]} />`}
  </details>`;
}

/** A webhook in a list, and what can be done with it. `named`: whether its room is told, too. */
export function Webhook({ hook, room, named = false, onDone }) {
  const { client } = useApp();
  return html`<div class="admin-row still"><span class="admin-what">
      <span class="admin-name" dir="auto">${hook.name} <span class="tag">${hook.direction === 'in' ? 'incoming' : 'outgoing'}</span>${!hook.enabled && html` <span class="tag">off</span>`}</span>
      ${lines(hook, named ? room : '').map((line) => html`<span key=${line} class="hint" dir="auto">${line}</span>`)}
      ${hook.error && html`<span class=${classes('error', 'hook-error')} dir="auto">${problem(hook)}</span>`}</span>
    <${Acts} about=${hook.name} onDone=${onDone} acts=${actsOn(client, room, hook)} /></div>`;
}

const SENDS = { all: 'every message', word: 'messages with the word', command: 'messages that begin with' };

/** What there is to say about a webhook. */
export function lines({ direction, trigger, word, url, answers, owner, used }, room = '') {
  const sends = direction === 'out' && [SENDS[trigger] ?? trigger, trigger !== 'all' && (trigger === 'command' ? `!${word}` : `“${word}”`)].filter(Boolean).join(' ');
  return [
    sends && `Sends ${sends} to ${url}${answers ? ', and posts the answer' : ''}`,
    [room && `In ${room}`, owner ? `Owned by ${owner}` : 'Owned by the server', used ? `last used ${shortTime(used)}` : 'never used'].filter(Boolean).join(' · '),
  ].filter(Boolean);
}

function problem({ stopped, error, failed }) {
  if (stopped) return `Stopped: ${stripFormatting(error)}`;
  return `Failed${failed ? ` ${shortTime(failed)}` : ''}: ${stripFormatting(error)}`;
}

function actsOn(client, room, { id, name, direction, enabled }) {
  const what = direction === 'in' ? 'URL' : 'secret';
  return [
    { name: 'test', label: 'Test', run: async () => {
      await client.testWebhook(room, id);
      return direction === 'in' ? `${name} said something in ${room}.` : 'A test message is on its way.';
    } },
    { name: 'switch', label: enabled ? 'Switch off' : 'Switch on', run: async () => {
      await client.enableWebhook(room, id, !enabled);
      return `${name} is ${enabled ? 'off' : 'on'}.`;
    } },
    { name: 'renew', label: `New ${what}…`, button: `Make a new ${what}`, says: `The old ${what} stops working at once.`,
      run: async () => shown(await client.renewWebhook(room, id)) },
    { name: 'remove', label: 'Remove…', danger: true, button: `Remove ${name}`, says: `${name} stops working at once. What it said stays.`,
      run: async () => {
        await client.removeWebhook(room, id);
        return `${name} is removed.`;
      } },
  ];
}

const NAME = { name: 'name', label: 'Name', required: true, prose: true, placeholder: 'Build server' };

function incoming(client, room) {
  return { name: 'in', label: 'Add an incoming webhook…', button: 'Add', fields: [{ ...NAME, hint: 'What it says is shown under this name.' }],
    says: 'You get a URL. Whoever has it can say something here: give it to one program only.',
    run: async ({ name }) => shown(await client.addWebhook(room, { direction: 'in', name })) };
}

function outgoing(client, room) {
  return { name: 'out', label: 'Add an outgoing webhook…', button: 'Add', says: 'Messages of this room leave the server. Tell the members.',
    fields: [NAME, { name: 'url', label: 'Send to', required: true, placeholder: 'https://example.org/hook' },
      { name: 'trigger', label: 'What', choices: [['all', 'Every message'], ['word', 'Messages with a word'], ['command', 'Messages that begin with !command']] },
      { name: 'word', label: 'Word or command', hint: 'Not needed for every message.' },
      { name: 'answers', label: 'Answers', choices: [['', 'Do not show'], ['yes', 'Post the answer here']] }],
    run: async ({ name, url, trigger, word, answers }) => shown(await client.addWebhook(room, { direction: 'out', name, url, trigger, word: word.replace(/^!/, ''), answers: answers === 'yes' })) };
}

/** What is shown once, to copy. */
function shown({ url, secret }) {
  return url ? { told: 'Copy the URL now: it is not shown again.', label: 'URL (shown once)', link: url }
    : { told: 'Copy the secret now: it is not shown again. What is sent is signed with it.', label: 'Secret (shown once)', link: secret };
}
