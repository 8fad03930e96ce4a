/** The dialog that starts a direct conversation. */

import { fold, matchesTyped } from '../irc/names.js';
import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useState } from './html.js';
import { Avatar } from './person.js';

export function DirectDialog({ close }) {
  const { client, page } = useApp();
  const [name, setName] = useState('');
  const { error, run } = useAsync();
  const known = new Map();
  for (const one of client.state.buffers) {
    for (const member of one.members.values()) known.set(fold(member.nick), member.nick);
  }
  known.delete(fold(client.state.nick));
  const wanted = fold(name.trim());
  const shown = [...known].filter(([key]) => matchesTyped(key, wanted, (whole, part) => whole.includes(part))).map(([, nick]) => nick)
    .sort((one, other) => one.localeCompare(other)).slice(0, 30);
  const open = (nick) => run(async () => {
    const opened = await client.startDirect(nick);
    close();
    page.open(opened);
  });
  return html`<${Dialog} title="New direct message" onClose=${close}>
    <form onSubmit=${(event) => { event.preventDefault(); if (name.trim()) open(name.trim()); }}>
      <label>Name <input data-first name="nick" value=${name} autocapitalize="none" spellcheck=${false} autocomplete="off"
        onInput=${(event) => setName(event.currentTarget.value)} />
        <small>People with an account here get your message even if they are offline now.</small></label>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <p class="buttons"><button type="submit" class="main-button" disabled=${!name.trim()}>Open conversation</button></p>
    </form>
    ${shown.length > 0 && html`<h3>People in your rooms</h3>
      <ul class="choices">${shown.map((nick) => html`<li key=${nick}><button type="button" onClick=${() => open(nick)}>
        <${Avatar} nick=${nick} small /> <span class="choice-name" dir="auto">${nick}</span></button></li>`)}</ul>`}
  <//>`;
}
