/** The audit log: what administrators and operators did, newest first. */

import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { stripFormatting } from './message-text.js';
import { Filter, PagedList, usePages, useSettled } from './paged-list.js';
import { fullTime, shortTime } from './time-format.js';

const DAY = 86_400_000;
const TIMES = [['', 'At any time'], ['1', 'Since yesterday'], ['7', 'In the last 7 days'], ['30', 'In the last 30 days']];

export function AuditLog({ online }) {
  const { client } = useApp();
  const [by, setBy] = useState('');
  const [about, setAbout] = useState('');
  const [days, setDays] = useState('');
  const [rooms, setRooms] = useState(false);
  const who = useSettled(by.trim());
  const what = useSettled(about.trim());
  const since = days ? Date.now() - Number(days) * DAY : 0;
  const pages = usePages(`${online} ${days} ${rooms} ${who} ${what}`, (before) => client.administration.audit({ by: who, about: what, rooms, since, before }));
  return html`<div class="filters">
      <${Filter} label="Done by" value=${by} onChange=${setBy} />
      <${Filter} label="About" value=${about} onChange=${setAbout} />
      <label><span class="visually-hidden">When</span><select name="when" value=${days} onChange=${(event) => setDays(event.currentTarget.value)}>
        ${TIMES.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}</select></label>
      <label><span class="visually-hidden">Whose</span><select name="whose" value=${rooms ? 'all' : ''} onChange=${(event) => setRooms(event.currentTarget.value !== '')}>
        <option value="">By administrators</option><option value="all">Also by room operators</option></select></label>
    </div>
    <${PagedList} pages=${pages} label="What was done" empty=${who || what || days ? 'Nothing matches.' : 'Nothing was done yet.'} keyOf=${(one) => one.id}
      render=${(one) => html`<div class="admin-row still"><span class="admin-what">
        <span dir="auto"><b>${one.by || 'The server'}</b> ${sentenceOf(one)}</span>
        ${one.detail && html`<span dir="auto">${stripFormatting(one.detail)}</span>`}
        <span class="hint"><time datetime=${new Date(one.time).toISOString()} title=${fullTime(one.time)}>${shortTime(one.time)}</time>${one.via ? ` · ${VIA[one.via] ?? one.via}` : ''}</span>
      </span></div>`} />`;
}

const VIA = { chat: 'in the chat', command: 'by a command on the server', server: 'by itself' };

/** What was done, as the server says it, or by the action's name. */
export function sentenceOf({ says, action, about = '' }) {
  return says || `${action} ${about}`.trim();
}
