/** Links by which others make an account: the section is there only for those who may make them. */

import { useAsking } from './asking.js';
import { useHere } from './here.js';
import { html, useRef, useState } from './html.js';

export function Invite() {
  const { client } = useHere();
  const [name, setName] = useState('');
  const [link, setLink] = useState('');
  const [copied, setCopied] = useState(false);
  const { busy, trouble, ask } = useAsking();
  const field = useRef(null);
  const create = (event) => {
    event.preventDefault();
    setCopied(false);
    ask(async () => setLink(await client.createInvitation(name.trim())));
  };
  const copy = async () => {
    field.current.select();
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      setCopied(false); // selected, for Ctrl C
    }
  };
  return html`<details class="setting"><summary><h3>Invite people</h3></summary>
    <form onSubmit=${create}>
      <p class="hint">A link lets one person make an account. It holds for seven days.</p>
      <label>For the name (may stay empty) <input name="invited" value=${name} autocapitalize="none" spellcheck=${false} autocomplete="off"
        onInput=${(event) => setName(event.currentTarget.value)} /></label>
      ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
      <p class="buttons"><button type="submit" disabled=${busy}>Make a link</button></p>
      ${link && html`<label>The link, for one use <input ref=${field} name="link" value=${link} readonly onFocus=${(event) => event.currentTarget.select()} /></label>
        <p class="buttons"><button type="button" onClick=${copy}>Copy</button> ${copied && html`<span role="status" class="good">Copied.</span>`}</p>`}
    </form></details>`;
}
