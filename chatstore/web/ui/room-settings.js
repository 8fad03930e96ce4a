/** A room's settings: a control for each row of the server's table. */

import { fold } from '../irc/names.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { isOperator } from './person.js';

export function RoomSettings({ room, modes, onModes }) {
  const { client } = useApp();
  const { busy, error, run } = useAsync();
  const [values, setValues] = useState(null);
  useEffect(() => {
    client.roomSettings(room.name).then(setValues, () => {}); // a server without settings
  }, []);
  const operator = isOperator(room.myPrefix);
  const founder = Boolean(values?.founder) && fold(values.founder) === fold(client.state.account);
  const may = { members: room.joined, operators: operator, founder };
  const change = (setting, value) => run(async () => {
    const [command, letter] = setting.set.split(' ');
    if (command === 'ROOM') setValues(await client.setRoomSettings(room.name, { [setting.name]: value }));
    else {
      await changeMode(client, room.name, letter, setting.type, value, modes.key);
      onModes(await client.modes(room.name));
    }
  });
  // The topic has its own form in the dialog.
  const rows = values === null ? [] : client.state.settings.filter(({ set }) => set !== 'TOPIC');
  if (rows.length === 0) return null;
  return html`<section class="setting"><h3>Settings</h3>
    ${!operator && html`<p class="hint">Only operators of the room can change these.</p>`}
    ${rows.map((setting) => {
      const value = valueOf(setting, values, modes);
      return html`<${SettingControl} key=${`${setting.name} ${value}`} setting=${setting} value=${value}
        may=${Boolean(may[setting.by])} busy=${busy} onChange=${(given) => change(setting, given)} />`;
    })}
    ${values.kept && html`<p class="hint">This server keeps messages for ${values.kept} days at most.</p>`}
    ${values.offered && html`<p class="hint">Offered to ${values.offered}.</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </section>`;
}

/** The value as a text; 'on' or '' of a flag. */
function valueOf({ name, set, type }, values, modes) {
  if (type === 'flag') return modes.flags.includes(set.slice('MODE '.length)) ? 'on' : '';
  return (type === 'key' ? modes.key : values[name]) ?? '';
}

async function changeMode(client, room, letter, type, value, before) {
  if (type !== 'key') await client.mode(room, (value ? '+' : '-') + letter);
  else if (value) await client.mode(room, `+${letter}`, value);
  else await client.mode(room, `-${letter}`, before || '*');
}

function Flag({ setting, value, may, busy, onChange }) {
  return html`<label class="check"><input type="checkbox" name=${setting.name} checked=${value === 'on'} disabled=${busy || !may}
    onChange=${(event) => onChange(event.currentTarget.checked ? 'on' : '')} /> ${setting.about}</label>`;
}

function Choice({ setting, value, may, busy, onChange }) {
  return html`<label>${setting.about}
    <select name=${setting.name} value=${value} disabled=${busy || !may} onChange=${(event) => onChange(event.currentTarget.value)}>
      ${setting.choices.map((one) => html`<option key=${one} value=${one}>${capitalized(setting.says[one] ?? one)}</option>`)}
    </select></label>`;
}

/** A field with a button: for numbers within the setting's bounds, and for texts up to its length. */
function Typed({ setting, value, may, busy, onChange }) {
  const [typed, setTyped] = useState(value);
  const { type, min, max, about, name } = setting;
  const number = type === 'number';
  const given = typed.trim();
  const right = number ? /^\d{1,9}$/.test(given) && Number(given) >= min && Number(given) <= max : type !== 'account' || given !== '';
  const save = (event) => {
    event.preventDefault();
    if (may && right && given !== value) onChange(given);
  };
  return html`<form class="in-line" onSubmit=${save}><label>${about} <input name=${name} value=${typed} readonly=${!may}
      inputmode=${number ? 'numeric' : 'text'} maxlength=${!number && max > 0 ? max : null} placeholder=${number ? null : 'none'}
      autocomplete="off" onInput=${(event) => setTyped(event.currentTarget.value)} /></label>
    ${may && html`<button type="submit" aria-label=${`Set: ${about}`} disabled=${busy || !right || given === value}>Set</button>`}</form>`;
}

const CONTROLS = { flag: Flag, choice: Choice, number: Typed, text: Typed, key: Typed, account: Typed };

/** The control of one setting. `onChange` is called with its new value, a text. */
export function SettingControl(props) {
  return html`<${CONTROLS[props.setting.type]} ...${props} />`;
}

function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
