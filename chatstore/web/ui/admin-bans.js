/** Bans of addresses, networks and people from the whole server. */

import { Acts } from './acts.js';
import { ENDS, endOf } from './ends.js';
import { useApp } from './hooks.js';
import { html } from './html.js';
import { stripFormatting } from './message-text.js';
import { PagedList, useWhole } from './paged-list.js';
import { shortTime } from './time-format.js';
import { useTold } from './told.js';

export function Bans({ online }) {
  const { client } = useApp();
  const { administration } = client;
  const [told, tell] = useTold();
  const pages = useWhole(`${online}`, () => administration.bans());
  const done = (text) => {
    tell(text);
    pages.again();
  };
  return html`<p class="hint">Nobody can connect from a banned address or network. To keep one account out, suspend it.</p>
    <${Acts} acts=${[addition(administration)]} onDone=${() => pages.again()} />
    ${told}
    <${PagedList} pages=${pages} label="Bans" empty="Nobody is banned from the server." keyOf=${(one) => one.id}
      render=${(one) => html`<div class="admin-row still"><span class="admin-what"><span class="admin-name" dir="auto"><code>${one.mask}</code></span>
        ${one.reason && html`<span dir="auto">${stripFormatting(one.reason)}</span>`}
        <span class="hint">${fateOf(one)}</span></span>
        <${Acts} about=${one.mask} onDone=${done} acts=${[{ name: 'end', label: 'End…', button: 'End the ban', says: `${one.mask} can connect again.`,
          run: async () => {
            await administration.unban(one.id);
            return `The ban of ${one.mask} has ended.`;
          } }]} /></div>`} />`;
}

function addition(administration) {
  return { name: 'add', label: 'New ban…', danger: true, button: 'Ban',
    says: 'Connections from there are closed at once, and new ones are refused with the reason.',
    fields: [
      { name: 'mask', label: 'Address, network or mask', required: true, placeholder: '192.0.2.7',
        hint: '192.0.2.7, 192.0.2.0/24, 2001:db8::/32, or a mask of a person: eve!*@*' },
      { name: 'reason', label: 'Reason', required: true, prose: true, hint: 'Those who are refused see it.' },
      { name: 'end', label: 'For how long', choices: ENDS },
    ],
    run: async ({ mask, reason, end }) => {
      await administration.ban(mask, endOf(end), reason);
      return `${mask} is banned.`;
    } };
}

function fateOf({ by, set, until, closed }) {
  return [
    `By ${by || 'the command line'}${set ? `, ${shortTime(set)}` : ''}`, until ? `until ${shortTime(until)}` : 'no end',
    closed > 0 && `${closed} ${closed === 1 ? 'connection' : 'connections'} refused`,
  ].filter(Boolean).join(' · ');
}
