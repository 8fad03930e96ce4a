/** The dialog for the own account: theme, notifications, password, devices, invitations, export, sign-out. */

import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { Devices } from './devices.js';
import { IgnoreSettings } from './ignored.js';
import { Lazy } from './lazy.js';
import { notifying, setNotifying } from './notifications.js';
import { canPush, endPush, pushing, setPushing } from './push.js';
import { NotifySettings } from './notify-settings.js';
import { OneUseLink } from './one-use-link.js';
import { THEMES, setTheme, theme } from './theme.js';

const profileSettings = () => import('./profile-settings.js').then(({ ProfileSettings }) => ProfileSettings);
const bots = () => import('./bots.js').then(({ Bots }) => Bots);

export function AccountDialog({ close }) {
  const { client, page } = useApp();
  const { account, nick, features } = client.state;
  const [mayInvite, setMayInvite] = useState(false);
  useEffect(() => {
    client.mayInvite().then(setMayInvite);
  }, []);
  const [leaving, setLeaving] = useState(false);
  const signOut = async () => {
    setLeaving(true);
    await endPush(client).catch(() => {});
    await client.signOut(() => page.signedOut()).catch(() => {});
  };
  return html`<${Dialog} title="Account and settings" onClose=${close} wide>
    <p class="hint">Signed in as <b>${account || nick}</b>.</p>
    ${features.profiles && account && html`<${Lazy} load=${profileSettings} onFailed=${() => {}} />`}
    <${ThisPage} />
    ${features.notify && html`<${NotifySettings} />`}
    ${features.ignore && html`<${IgnoreSettings} />`}
    ${features.previews && html`<${DirectPreviews} />`}
    <${Password} />
    ${features.tokens && html`<${Devices} /><${Lazy} load=${bots} onFailed=${() => {}} />`}
    ${mayInvite && html`<${Invite} />`}
    ${features.files && html`<section class="setting"><h3>Your files</h3>
      <p class="hint">The files that you sent, how much space they take, and removing them.</p>
      <p class="buttons"><button type="button" onClick=${() => page.showDialog('files')}>Show your files</button></p></section>`}
    <${ExportData} />
    <section class="setting"><h3>Sign out</h3>
      <p class="hint">This removes your account and your messages from this browser. The server keeps them.</p>
      <p class="buttons"><button type="button" class="danger" disabled=${leaving} onClick=${signOut}>Sign out</button></p></section>
  <//>`;
}

const NAMES = { auto: 'System', light: 'Light', dark: 'Dark' };

/** Whether the server also pushes while the page is closed. */
function Push() {
  const { client } = useApp();
  const [on, setOn] = useState(pushing());
  const { busy, error, run } = useAsync();
  const change = (wanted) => run(async () => {
    await setPushing(client, wanted);
    setOn(pushing());
  });
  return html`<label class="check"><input type="checkbox" checked=${on} disabled=${busy} onChange=${(event) => change(event.currentTarget.checked)} />
      Also while this page is closed</label>
    <p class="hint">Your browser's maker passes these on, encrypted.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}`;
}

function ThisPage() {
  const { client } = useApp();
  const [chosen, setChosen] = useState(theme());
  const [notify, setNotify] = useState(notifying());
  const change = async (on) => {
    if (!on) await endPush(client).catch(() => {});
    setNotify(await setNotifying(on));
  };
  const choose = (name) => {
    setTheme(name);
    setChosen(name);
  };
  return html`<section class="setting"><h3>Appearance and notifications</h3>
    <fieldset class="radios"><legend>Theme</legend>
      ${THEMES.map((name) => html`<label key=${name} class="check"><input type="radio" name="theme" checked=${chosen === name}
        onChange=${() => choose(name)} /> ${NAMES[name]}</label>`)}</fieldset>
    ${notify === 'none' ? html`<p class="hint">This browser does not support notifications.</p>`
      : notify === 'denied' ? html`<p class="hint">Your browser blocks notifications for this page. You can allow them in its settings.</p>`
      : html`<label class="check"><input type="checkbox" checked=${notify === 'on'}
          onChange=${(event) => change(event.currentTarget.checked)} />
          Notify me of mentions and direct messages</label>
        ${notify === 'on' && canPush(client) && html`<${Push} />`}`}
  </section>`;
}

/** Whether the server looks at the links of direct messages, for which it has to read them. */
function DirectPreviews() {
  const { client } = useApp();
  const [on, setOn] = useState(false);
  const { busy, error, run } = useAsync();
  useEffect(() => {
    client.directPreviews().then(setOn);
  }, []);
  const change = (wanted) => run(async () => {
    setOn(wanted);
    await client.setDirectPreviews(wanted);
  });
  return html`<section class="setting"><h3>Links</h3>
    <label class="check"><input type="checkbox" checked=${on} disabled=${busy} onChange=${(event) => change(event.currentTarget.checked)} />
      Show previews of links in direct messages</label>
    <p class="hint">The server then visits the pages that you and others link to in direct messages.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}</section>`;
}

function Password() {
  const { client } = useApp();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [done, setDone] = useState(false);
  const { busy, error, run } = useAsync();
  const change = async (event) => {
    event.preventDefault();
    setDone(false);
    const changed = await run(() => {
      if (fresh !== again) throw new Error('The new passwords do not match.');
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
      <input class="visually-hidden" type="text" autocomplete="username" value=${client.state.account} readonly tabindex="-1" aria-hidden="true" />
      ${field('Current password', old, setOld, 'current-password')}
      ${field('New password', fresh, setFresh, 'new-password')}
      ${field('Confirm new password', again, setAgain, 'new-password')}
      <p class="hint">This signs out all your other devices.</p>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      ${done && html`<p class="good" role="status">Password changed.</p>`}
      <p class="buttons"><button type="submit" disabled=${busy}>Change password</button></p>
    </form></details>`;
}

function Invite() {
  const { client } = useApp();
  const [name, setName] = useState('');
  const [link, setLink] = useState('');
  const { busy, error, run } = useAsync();
  const create = (event) => {
    event.preventDefault();
    run(async () => setLink(await client.createInvitation(name.trim())));
  };
  return html`<details class="setting"><summary><h3>Invite people</h3></summary>
    <form onSubmit=${create}>
      <p class="hint">Each link lets one person create an account. It expires after seven days.</p>
      <label>Name (optional) <input name="invited" value=${name} autocapitalize="none" spellcheck=${false} autocomplete="off"
        onInput=${(event) => setName(event.currentTarget.value)} /></label>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <p class="buttons"><button type="submit" disabled=${busy}>Create link</button></p>
      ${link && html`<${OneUseLink} label="Invitation link (works once)" link=${link} />`}
    </form></details>`;
}

function ExportData() {
  const { client } = useApp();
  const [count, setCount] = useState(0);
  const [done, setDone] = useState('');
  const { busy, error, run } = useAsync();
  const save = () => run(async () => {
    setCount(0);
    setDone('');
    let lines = 0;
    const data = await client.exportData((progress) => {
      lines = progress.lines;
      setCount(lines);
    });
    const address = URL.createObjectURL(data);
    const link = document.createElement('a');
    link.href = address;
    link.download = `chatstore-${client.state.account}.jsonl`;
    link.click();
    setDone(`Saved ${lines} lines as ${link.download} in your downloads.`);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return html`<details class="setting"><summary><h3>Your data</h3></summary>
    <p class="hint">Download everything about you as one file: your account and devices, your rooms and conversations
      with every message that you can read, and all that you ever wrote.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${done && html`<p class="good" role="status">${done}</p>`}
    <p class="buttons"><button type="button" disabled=${busy} onClick=${save}>${busy ? `Exporting… ${count} lines` : 'Export data'}</button></p>
  </details>`;
}
