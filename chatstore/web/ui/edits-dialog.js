/** What a message said before its author gave it another text, oldest first. */

import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { displayText } from './message-text.js';
import { shortTime } from './time-format.js';

export function EditsDialog({ entry, name, close }) {
  const { client } = useApp();
  const [texts, setTexts] = useState(null);
  const { busy, error, run } = useAsync();
  useEffect(() => {
    run(async () => setTexts(await client.earlierTexts(name, entry.msgid)));
  }, []);
  return html`<${Dialog} title=${`Earlier texts of ${entry.nick}`} onClose=${close}>
    ${busy && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${texts?.length === 0 && html`<p class="hint">The earlier texts of this message are not kept.</p>`}
    ${texts?.length > 0 && html`<ol class="admin-list" aria-label="Earlier texts">${texts.map(({ time, text }) => html`<li key=${time} class="admin-row still">
      <span class="admin-what"><span class="hint">${shortTime(time)}</span><span dir="auto">${displayText(text)}</span></span></li>`)}</ol>`}
  <//>`;
}
