/** Messages that members reported. */

import { fold } from '../irc/names.js';
import { Acts } from './acts.js';
import { suspension } from './admin-account.js';
import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { displayText, stripFormatting, truncate } from './message-text.js';
import { PagedList, useChanged, usePages } from './paged-list.js';
import { shortTime } from './time-format.js';
import { useTold } from './told.js';

export function Reports({ online, count }) {
  const { client } = useApp();
  const [state, setState] = useState('open');
  const [told, tell] = useTold();
  const changed = useChanged('account-admin');
  const pages = usePages(`${online} ${state} ${count} ${changed}`, (last) => client.administration.reports(state, last));
  const done = (text) => {
    tell(text);
    pages.again();
  };
  return html`<div class="filters"><label><span class="visually-hidden">Which reports</span>
      <select name="state" value=${state} onChange=${(event) => setState(event.currentTarget.value)}>
        <option value="open">Open</option><option value="closed">Closed</option></select></label></div>
    ${told}
    <${PagedList} pages=${pages} label="Reports" empty=${state === 'open' ? 'No message is reported.' : 'No report was closed yet.'} keyOf=${(one) => one.id}
      render=${(one) => html`<${Report} report=${one} onDone=${done} />`} />`;
}

function Report({ report, onDone }) {
  const { client, page } = useApp();
  const { id, room, author, text, sent, by, at, reason, closed, closer, decision } = report;
  return html`<article class="admin-row still tall" aria-label=${`Report of a message by ${author}`}>
    <p><button type="button" class="link" onClick=${() => page.showDialog('account-admin', { name: author })}>${author}</button> <span class="hint">${room === '*' ? 'in a direct message' : `in ${room}`}${sent ? `, ${shortTime(sent)}` : ''}</span></p>
    <blockquote class="about" dir="auto">${text === undefined ? html`<i>The message was removed.</i>` : truncate(displayText(text), 600)}</blockquote>
    <p class="hint">Reported by ${by}${at ? `, ${shortTime(at)}` : ''}${reason ? html`: <span class="strong" dir="auto">${stripFormatting(reason)}</span>` : ''}</p>
    ${closed > 0 && html`<p class="hint">Closed by ${closer}, ${shortTime(closed)}${decision ? html`: <span class="strong" dir="auto">${stripFormatting(decision)}</span>` : ''}</p>`}
    <${Acts} about=${`(report of ${author})`} onDone=${onDone} acts=${[
      text !== undefined && { name: 'redact', label: 'Remove the message…', danger: true, button: 'Remove the message',
        says: 'This removes the message for everyone, and closes all reports of it. You cannot undo it.',
        fields: [{ name: 'reason', label: 'Reason (optional)', prose: true, hint: 'Everybody in the room sees this.' }],
        run: async (values) => {
          await client.administration.redactReported(id, values.reason);
          return `The message by ${author} is removed, and its reports are closed.`;
        } },
      !closed && fold(author) !== fold(client.state.account) && { ...suspension(author, client.administration), label: `Suspend ${author}…` },
      !closed && { name: 'close', label: 'Close the report…', button: 'Close the report',
        says: 'The message stays. Only administrators see what you write here.',
        fields: [{ name: 'decision', label: 'What was done (optional)', prose: true }],
        run: async (values) => {
          await client.administration.closeReport(id, values.decision);
          return 'The report is closed.';
        } },
    ]} />
  </article>`;
}
