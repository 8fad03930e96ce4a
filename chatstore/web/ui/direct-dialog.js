/** Begin a direct conversation. */

import { fitsTyped, fold } from '../irc/names.js';
import { Dialog } from './dialog.js';
import { useAsking } from './asking.js';
import { useHere } from './here.js';
import { html, useState } from './html.js';
import { Face } from './person.js';

export function Direct({ close }) {
  const { client, page } = useHere();
  const [name, setName] = useState('');
  const { trouble, ask } = useAsking();
  const known = new Map();
  for (const one of client.state.conversations) {
    for (const member of one.members.values()) known.set(fold(member.nick), member.nick);
  }
  known.delete(fold(client.state.nick));
  const wanted = fold(name.trim());
  const shown = [...known].filter(([key]) => fitsTyped(key, wanted, (whole, part) => whole.includes(part))).map(([, nick]) => nick)
    .sort((one, other) => one.localeCompare(other)).slice(0, 30);
  const open = (nick) => ask(async () => {
    await client.openDirect(nick);
    close();
    page.open(nick);
  });
  return html`<${Dialog} title="Write to somebody" onClose=${close}>
    <form onSubmit=${(event) => { event.preventDefault(); if (name.trim()) open(name.trim()); }}>
      <label>Name <input data-first name="nick" value=${name} autocapitalize="none" spellcheck=${false} autocomplete="off"
        onInput=${(event) => setName(event.currentTarget.value)} />
        <small>People with an account here get your message when they are back, even if they are offline now.</small></label>
      ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
      <p class="buttons"><button type="submit" class="main-button" disabled=${!name.trim()}>Write</button></p>
    </form>
    ${shown.length > 0 && html`<h3>People in your rooms</h3>
      <ul class="choices">${shown.map((nick) => html`<li key=${nick}><button type="button" onClick=${() => open(nick)}>
        <${Face} nick=${nick} small /> <span class="choice-name" dir="auto">${nick}</span></button></li>`)}</ul>`}
  <//>`;
}
