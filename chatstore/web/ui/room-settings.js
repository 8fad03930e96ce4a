/** What holds in a room: who may come in and speak, who reads the past, how long it is kept. */

import { useAsync, useApp } from './hooks.js';
import { stripFormatting } from './message-text.js';
import { html, useEffect, useState } from './html.js';

/** Modes that are a yes or a no, and what a yes means. */
const FLAGS = [
  ['i', 'Only who is invited may come in'],
  ['s', 'Hidden from who is not in it'],
  ['t', 'Only operators change the topic'],
  ['m', 'Only operators and who has a voice may speak'],
];

export function RoomSettings({ room, modes, operator, onModes }) {
  const { client } = useApp();
  const { busy, error, run } = useAsync();
  const [rules, setRules] = useState(null);
  useEffect(() => {
    client.roomSettings(room.name).then(setRules, () => {}); // a server without such rules
  }, []);
  const turn = (flag, on) => run(async () => {
    await client.mode(room.name, (on ? '+' : '-') + flag);
    onModes(await client.modes(room.name));
  });
  const change = (changes) => run(async () => setRules(await client.setRoomSettings(room.name, changes)));
  return html`<fieldset class="setting" disabled=${!operator || busy}><legend><h3>Rules</h3></legend>
    ${!operator && html`<p class="hint">Operators of the room can change these.</p>`}
    ${FLAGS.map(([flag, what]) => html`<label key=${flag} class="check"><input type="checkbox" name=${`mode-${flag}`} checked=${modes.flags.includes(flag)}
      onChange=${(event) => turn(flag, event.currentTarget.checked)} /> ${what}</label>`)}
    <${Key} name=${room.name} value=${modes.key} onModes=${onModes} run=${run} />
    ${rules && html`
      <label>Who reads what was said before they came
        <select name="history" value=${rules.history} onChange=${(event) => change({ history: event.currentTarget.value })}>
          <option value="everyone">everybody in the room</option>
          <option value="members">nobody: from their own coming on</option></select></label>
      <${Days} days=${rules.retention} onChange=${(retention) => change({ retention })} />
      <${Greeting} text=${rules.motd} onChange=${(motd) => change({ motd })} />
      ${rules.founder && html`<p class="hint">Founded by ${stripFormatting(rules.founder)}.</p>`}`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </fieldset>`;
}

/** A word that has to be known to come in. */
function Key({ name, value, onModes, run }) {
  const { client } = useApp();
  const [key, setKey] = useState(value);
  const save = () => run(async () => {
    if (key.trim()) await client.mode(name, '+k', key.trim());
    else await client.mode(name, '-k', value || '*');
    onModes(await client.modes(name));
  });
  return html`<div class="in-line"><label>Key to come in <input name="key" value=${key} placeholder="none" autocomplete="off"
      onInput=${(event) => setKey(event.currentTarget.value)} /></label>
    <button type="button" disabled=${key.trim() === value} onClick=${save}>Set</button></div>`;
}

function Days({ days, onChange }) {
  const [typed, setTyped] = useState(String(days));
  const number = Number(typed);
  const right = /^\d{1,5}$/.test(typed.trim());
  return html`<div class="in-line"><label>Days that messages are kept, 0 for ever <input name="retention" inputmode="numeric" value=${typed}
      onInput=${(event) => setTyped(event.currentTarget.value)} /></label>
    <button type="button" disabled=${!right || number === days} onClick=${() => onChange(number)}>Set</button></div>`;
}

/** What people read who come in. */
function Greeting({ text, onChange }) {
  const [typed, setTyped] = useState(text);
  return html`<div class="in-line"><label>Greeting for who comes in <input name="motd" value=${typed} placeholder="none"
      onInput=${(event) => setTyped(event.currentTarget.value)} /></label>
    <button type="button" disabled=${typed.trim() === text} onClick=${() => onChange(typed.trim())}>Set</button></div>`;
}
