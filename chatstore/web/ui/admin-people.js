/** The accounts: found by name and status; each opens the dialog with what can be done. */

import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { Filter, PagedList, useChanged, usePages, useSettled } from './paged-list.js';
import { Avatar } from './person.js';
import { shortTime } from './time-format.js';

/** [value, label] of the statuses, and of how long an account was not used. */
const STATUSES = [
  ['', 'Everybody'], ['active', 'Active'], ['suspended', 'Suspended'], ['waiting', 'Waiting for approval'],
  ['placeholder', 'Imported'], ['removed', 'Removed'], ['unused 90', 'Not used for 90 days'], ['unused 365', 'Not used for a year'],
];

export function People({ online }) {
  const { client, page } = useApp();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState('');
  const match = useSettled(typed.trim());
  const [status, unused = ''] = chosen.startsWith('unused ') ? ['', chosen.slice('unused '.length)] : [chosen];
  const changed = useChanged('account-admin');
  const pages = usePages(`${online} ${chosen} ${changed} ${match}`, (after) => client.administration.people({ match, status, unused, after }));
  const filtered = match || chosen;
  return html`<div class="filters">
      <${Filter} label="Find by name" value=${typed} onChange=${setTyped} />
      <label><span class="visually-hidden">Status</span><select name="status" value=${chosen} onChange=${(event) => setChosen(event.currentTarget.value)}>
        ${STATUSES.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}</select></label>
    </div>
    <${PagedList} pages=${pages} label="Accounts" empty=${filtered ? 'No accounts match.' : 'There are no accounts yet.'} keyOf=${(one) => one.name}
      render=${(one) => html`<button type="button" class="admin-row" onClick=${() => page.showDialog('account-admin', { name: one.name })}>
        <${Avatar} nick=${one.name} /> <span class="admin-what"><span class="admin-name" dir="auto">${one.name}${tagsOf(one).map((text) => html` <span class="tag">${text}</span>`)}</span>
        <span class="hint">${activity(one)}</span></span></button>`} />`;
}

/** The words beside a name: what is not usual about the account. */
export function tagsOf({ role, status }) {
  const word = { suspended: 'suspended', waiting: 'waiting for approval', placeholder: 'imported', removed: 'removed' }[status];
  return [role === 'admin' && 'administrator', word].filter(Boolean);
}

export function activity({ online, seen, status, reason, until }) {
  if (status === 'suspended') return `Suspended ${until ? `until ${shortTime(until)}` : 'without an end'}${reason ? `: ${reason}` : ''}`;
  if (online > 0) return 'Online now';
  if (status === 'placeholder') return 'Imported; cannot sign in yet';
  return seen ? `Last seen ${shortTime(seen)}` : 'Never signed in';
}
