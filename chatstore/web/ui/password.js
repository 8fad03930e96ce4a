/** Another password. */

import { useAsking } from './asking.js';
import { useHere } from './here.js';
import { html, useState } from './html.js';

export function Password() {
  const { client } = useHere();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [done, setDone] = useState(false);
  const { busy, trouble, ask } = useAsking();
  const change = async (event) => {
    event.preventDefault();
    setDone(false);
    const changed = await ask(() => {
      if (fresh !== again) throw new Error('The two new passwords are not the same.');
      return client.setPassword(old, fresh);
    });
    if (!changed) return;
    for (const set of [setOld, setFresh, setAgain]) set('');
    setDone(true);
  };
  const field = (label, value, set, complete) => html`<label>${label} <input type="password" value=${value} required
    autocomplete=${complete} onInput=${(event) => set(event.currentTarget.value)} /></label>`;
  return html`<details class="setting"><summary><h3>Password</h3></summary>
    <form onSubmit=${change}>
      <input class="heard-only" type="text" autocomplete="username" value=${client.state.account} readonly tabindex="-1" aria-hidden="true" />
      ${field('The password now', old, setOld, 'current-password')}
      ${field('The new one', fresh, setFresh, 'new-password')}
      ${field('The new one once more', again, setAgain, 'new-password')}
      <p class="hint">All other devices are signed out.</p>
      ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
      ${done && html`<p class="good" role="status">The password is changed.</p>`}
      <p class="buttons"><button type="submit" disabled=${busy}>Change the password</button></p>
    </form></details>`;
}
