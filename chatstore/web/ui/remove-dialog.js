/** Confirms the removal of a message, which cannot be undone. */

import { useApp, useAsync } from './hooks.js';
import { stripFormatting } from './message-text.js';
import { Dialog } from './dialog.js';
import { html, useState } from './html.js';

export function RemoveDialog({ entry, name, close }) {
  const { client } = useApp();
  const [reason, setReason] = useState('');
  const { busy, error, run } = useAsync();
  const remove = async (event) => {
    event.preventDefault();
    if (await run(() => client.redact(name, entry.msgid, reason.trim()))) close();
  };
  return html`<${Dialog} title="Remove this message?" onClose=${close}>
    <form onSubmit=${remove}>
      <blockquote class="about" dir="auto"><b>${entry.nick}</b> ${stripFormatting(entry.text).slice(0, 300)}</blockquote>
      <p>This removes the message for everyone, and you cannot undo it. People may have read it already.</p>
      <label>Reason (optional) <input name="reason" value=${reason} onInput=${(event) => setReason(event.currentTarget.value)} /></label>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <p class="buttons"><button type="submit" class="danger" data-first disabled=${busy}>Remove</button>
        <button type="button" onClick=${close}>Cancel</button></p>
    </form>
  <//>`;
}
