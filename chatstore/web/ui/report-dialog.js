/** Reports a message to the administrators of the server. */

import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useState } from './html.js';
import { stripFormatting } from './message-text.js';

export function ReportDialog({ entry, name, close }) {
  const { client, page } = useApp();
  const [reason, setReason] = useState('');
  const { busy, error, run } = useAsync();
  const report = async (event) => {
    event.preventDefault();
    if (!await run(() => client.administration.report(name, entry.msgid, reason.trim()))) return;
    close();
    page.showNotice('Reported. The administrators of this server will look at the message.');
  };
  return html`<${Dialog} title="Report this message?" onClose=${close}>
    <form onSubmit=${report}>
      <blockquote class="about" dir="auto"><b>${entry.nick}</b> ${stripFormatting(entry.text).slice(0, 300)}</blockquote>
      <p>The administrators of this server see the message, and that you reported it. ${entry.nick} does not.</p>
      <label>What is wrong with it? (optional) <input data-first name="reason" value=${reason} onInput=${(event) => setReason(event.currentTarget.value)} /></label>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <p class="buttons"><button type="submit" class="main-button" disabled=${busy}>Report</button>
        <button type="button" onClick=${close}>Cancel</button></p>
    </form>
  <//>`;
}
