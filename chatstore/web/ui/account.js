/** One's own account, and how this page behaves. */

import { Dialog } from './dialog.js';
import { Devices } from './devices.js';
import { ExportData } from './export-data.js';
import { useHere } from './here.js';
import { html, useState } from './html.js';
import { Invite } from './invite.js';
import { notifying, setNotifying } from './notifications.js';
import { Password } from './password.js';
import { THEMES, setTheme, theme } from './theme.js';

export function Account({ close }) {
  const { client, page } = useHere();
  const { account, nick, features } = client.state;
  const [leaving, setLeaving] = useState(false);
  const signOut = async () => {
    setLeaving(true);
    await client.signOut().catch(() => {});
    page.signedOut();
  };
  return html`<${Dialog} title="Account and settings" onClose=${close} wide>
    <p class="hint">Signed in as <b>${account || nick}</b>.</p>
    <${ThisPage} />
    <${Password} />
    ${features.tokens && html`<${Devices} />`}
    ${features.invitations && html`<${Invite} />`}
    <${ExportData} />
    <section class="setting"><h3>Sign out</h3>
      <p class="hint">This browser forgets the account and everything it has stored.</p>
      <p class="buttons"><button type="button" class="danger" disabled=${leaving} onClick=${signOut}>Sign out</button></p></section>
  <//>`;
}

const NAMES = { auto: 'Same as the system', light: 'Light', dark: 'Dark' };

function ThisPage() {
  const [chosen, setChosen] = useState(theme());
  const [notify, setNotify] = useState(notifying());
  const choose = (name) => {
    setTheme(name);
    setChosen(name);
  };
  return html`<section class="setting"><h3>This page</h3>
    <fieldset class="radios"><legend>Colours</legend>
      ${THEMES.map((name) => html`<label key=${name} class="check"><input type="radio" name="theme" checked=${chosen === name}
        onChange=${() => choose(name)} /> ${NAMES[name]}</label>`)}</fieldset>
    ${notify === 'none' ? html`<p class="hint">This browser shows no notifications.</p>`
      : notify === 'denied' ? html`<p class="hint">Notifications are forbidden for this page in the browser's settings.</p>`
      : html`<label class="check"><input type="checkbox" checked=${notify === 'on'}
          onChange=${async (event) => setNotify(await setNotifying(event.currentTarget.checked))} />
          Notify me of mentions and direct messages</label>`}
  </section>`;
}
