/** What the account wants to be told of in all conversations: levels, words of its own, hours without anything. */

import { LEVELS } from '../irc/notify.js';
import { useApp, useAsync } from './hooks.js';
import { html, useState } from './html.js';

export const LEVEL_NAMES = { all: 'All messages', mentions: 'Mentions', nothing: 'Nothing' };

export function NotifySettings() {
  const { client } = useApp();
  const { notify } = client.state;
  const { busy, error, run } = useAsync();
  const [told, setTold] = useState('');
  const set = (wanted, words) => run(async () => {
    setTold('');
    await client.setNotifyAll(wanted);
    setTold(words);
  });
  const choice = (label, key) => html`<label>${label} <select name=${key} value=${notify[key]} disabled=${busy}
    onChange=${(event) => set({ [key]: event.currentTarget.value }, 'Saved.')}>
    ${LEVELS.map((level) => html`<option key=${level} value=${level}>${LEVEL_NAMES[level]}</option>`)}</select></label>`;
  return html`<details class="setting"><summary><h3>What you are told of</h3></summary>
    <p class="hint">This counts on all your devices. Each conversation can have its own: the bell above its messages.</p>
    <div class="filters">${choice('In rooms', 'rooms')} ${choice('In direct messages', 'direct')}</div>
    <${Keywords} key=${notify.keywords.join()} keywords=${notify.keywords} busy=${busy} onSave=${(keywords) => set({ keywords }, 'Saved.')} />
    <${Quiet} key=${notify.quiet} quiet=${notify.quiet} zone=${notify.zone} busy=${busy} onSave=${(wanted) => set(wanted, wanted.quiet ? 'Saved.' : 'No quiet hours any more.')} />
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <p class="good" role="status">${told}</p>
  </details>`;
}

function Keywords({ keywords, busy, onSave }) {
  const [text, setText] = useState(keywords.join(', '));
  const words = text.split(',').map((word) => word.trim()).filter(Boolean);
  const save = (event) => {
    event.preventDefault();
    onSave(words);
  };
  return html`<form class="in-line" onSubmit=${save}>
    <label>Words that count as a mention <input name="keywords" value=${text} placeholder="cake, tea" autocomplete="off"
      onInput=${(event) => setText(event.currentTarget.value)} /></label>
    <button type="submit" disabled=${busy || words.join() === keywords.join()}>Save</button></form>`;
}

function Quiet({ quiet, zone, busy, onSave }) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const [from, setFrom] = useState(quiet.slice(0, 5) || '22:00');
  const [to, setTo] = useState(quiet.slice(6) || '07:00');
  const save = (event) => {
    event.preventDefault();
    onSave({ quiet: `${from}-${to}`, zone: here });
  };
  const field = (label, value, set) => html`<label>${label} <input type="time" value=${value} required onInput=${(event) => set(event.currentTarget.value)} /></label>`;
  return html`<form onSubmit=${save}><fieldset><legend>Quiet hours</legend>
    <div class="in-line">${field('From', from, setFrom)} ${field('To', to, setTo)}
      <button type="submit" disabled=${busy || from === to || (quiet === `${from}-${to}` && zone === here)}>${quiet ? 'Change' : 'Set'}</button>
      ${quiet && html`<button type="button" disabled=${busy} onClick=${() => onSave({ quiet: '' })}>Remove</button>`}</div>
    <p class="hint">${quiet ? `Nothing rings from ${quiet.replace('-', ' to ')} (${zone}).` : 'Nothing rings in these hours; unread messages are counted all the same.'}</p>
  </fieldset></form>`;
}
