/** What one conversation tells of, and for how long it is silent. */

import { fold } from '../irc/names.js';
import { LEVELS } from '../irc/notify.js';
import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useState } from './html.js';
import { LEVEL_NAMES } from './notify-settings.js';
import { shortTime } from './time-format.js';

const HOUR = 3_600_000;
const MUTES = [['For 1 hour', HOUR], ['For 8 hours', 8 * HOUR], ['For 1 day', 24 * HOUR], ['For 1 week', 7 * 24 * HOUR]];

export function NotifyDialog({ name, close }) {
  const { client, page } = useApp();
  const { busy, error, run } = useAsync();
  /** What was chosen, until the server has it. */
  const [chosen, setChosen] = useState(null);
  const buffer = client.state.buffers.find((one) => fold(one.name) === fold(name));
  if (!buffer) return null;
  const { own, room } = buffer;
  const usual = room ? client.state.notify.rooms : client.state.notify.direct;
  const set = (wanted) => run(() => client.setNotify(buffer.name, wanted));
  const choose = async (level) => {
    setChosen(level);
    await set({ level: level || 'default' });
    setChosen(null);
  };
  return html`<${Dialog} title=${`Notifications of ${buffer.name}`} onClose=${close}>
    ${buffer.muted && html`<section class="setting"><p>Muted until ${shortTime(own.until)}.</p>
      <p class="buttons"><button type="button" class="main-button" disabled=${busy} onClick=${() => set({ until: 0 })}>Unmute</button></p></section>`}
    <fieldset class="setting"><legend>Tell me of</legend>
      ${['', ...LEVELS].map((level) => html`<label key=${level} class="check"><input type="radio" name="level" checked=${(chosen ?? own.level) === level}
        onChange=${() => choose(level)} /> ${level ? LEVEL_NAMES[level] : `The usual (${LEVEL_NAMES[usual].toLowerCase()})`}</label>`)}</fieldset>
    ${!buffer.muted && html`<section class="setting"><h3>Mute</h3>
      <p class="buttons">${MUTES.map(([label, time]) => html`<button key=${label} type="button" disabled=${busy} onClick=${() => set({ until: Date.now() + time })}>${label}</button>`)}</p></section>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <p class="hint">All your devices do the same. <button type="button" class="link" onClick=${() => page.showDialog('account')}>What is usual</button></p>
  <//>`;
}
