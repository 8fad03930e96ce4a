/** The pinned messages of a room. */

import { fold } from '../irc/names.js';
import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { HiddenWords } from './ignored.js';
import { Mark } from './mark.js';
import { displayText, truncate } from './message-text.js';
import { colourOf, isOperator } from './person.js';
import { shortTime } from './time-format.js';

export function PinsDialog({ name, close }) {
  const { client, page } = useApp();
  const [list, setList] = useState(null);
  const { busy, error, run } = useAsync();
  const look = async () => setList(await client.pins(name));
  useEffect(() => {
    run(look);
  }, []);
  const buffer = client.state.buffers.find((one) => fold(one.name) === fold(name));
  const operator = isOperator(buffer?.myPrefix);
  const show = (entry) => {
    close();
    page.goTo(name, entry.msgid);
  };
  return html`<${Dialog} title=${`Pinned messages of ${name}`} onClose=${close} wide>
    ${list === null && busy && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${list?.length === 0 && html`<p class="hint">Nothing is pinned.${operator ? ' Choose a message and press its pin.' : ''}</p>`}
    ${list?.length > 0 && html`<ul class="admin-list" aria-label="Pinned messages">${list.map((entry) => html`<li key=${entry.key} class="admin-row still">
      <span class="admin-what"><span><b data-colour=${colourOf(entry.nick)} class="own-colour">${entry.nick}</b><${Mark} ...${entry} /> <span class="hint">${shortTime(entry.time)}</span></span>
        <${HiddenWords} entry=${entry} only=${client.isIgnored(entry)}><span dir="auto">${truncate(displayText(entry.text), 300)}</span><//></span>
      <span class="buttons"><button type="button" onClick=${() => show(entry)}>Show</button>
        ${operator && html`<button type="button" disabled=${busy} onClick=${() => run(async () => { await client.pin(name, entry.msgid, false); await look(); })}>Unpin</button>`}</span></li>`)}</ul>`}
  <//>`;
}
