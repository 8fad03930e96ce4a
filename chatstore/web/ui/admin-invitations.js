/** Invitations: new ones, and what became of those that were made. */

import { Acts } from './acts.js';
import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { PagedList, usePages } from './paged-list.js';
import { shortTime } from './time-format.js';
import { useTold } from './told.js';

const DAYS = [['7', '7 days'], ['1', '1 day'], ['30', '30 days']];

export function Invitations({ online }) {
  const { client } = useApp();
  const [which, setWhich] = useState('open');
  const [told, tell] = useTold();
  const pages = usePages(`${online} ${which}`, (before) => client.administration.invitations({ state: which, before }));
  const done = (text) => {
    tell(text);
    pages.again();
  };
  return html`<${Acts} acts=${[creation(client.administration)]} onDone=${() => pages.again()} />
    <div class="filters"><label><span class="visually-hidden">Which links</span>
      <select name="state" value=${which} onChange=${(event) => setWhich(event.currentTarget.value)}>
        <option value="open">Open</option><option value="used">Used</option><option value="expired">Expired</option><option value="all">All</option></select></label></div>
    ${told}
    <${PagedList} pages=${pages} label="Links" empty=${which === 'open' ? 'No link is open.' : 'There are none.'} keyOf=${(one) => one.id}
      render=${(one) => html`<div class="admin-row still"><span class="admin-what">
        <span class="admin-name" dir="auto">${titleOf(one)}${one.role === 'admin' && html` <span class="tag">administrator</span>`}</span>
        <span class="hint">${fateOf(one)}</span></span>
        ${one.state === 'open' && html`<${Acts} about=${titleOf(one)} onDone=${done} acts=${[revocation(one, client.administration)]} />`}</div>`} />`;
}

function creation(administration) {
  return { name: 'create', label: 'New invitation…', button: 'Create link', says: 'The link lets one person create an account.',
    fields: [
      { name: 'name', label: 'Name (optional)', hint: 'The name of the account, if you want to decide it.' },
      { name: 'days', label: 'It works for', choices: DAYS },
      { name: 'role', label: 'As', choices: [['user', 'Ordinary account'], ['admin', 'Administrator, with all of your rights']] },
    ],
    run: async ({ name, days, role }) => {
      const { link, expires } = await administration.invite({ name, days, admin: role === 'admin' });
      return { told: `It works once, until ${shortTime(expires)}.`, link, label: 'Invitation link' };
    } };
}

function revocation({ id }, administration) {
  return { name: 'revoke', label: 'Revoke…', danger: true, button: 'Revoke the link', says: 'The link stops working.',
    run: async () => {
      await administration.revoke(id);
      return 'The link is revoked.';
    } };
}

function titleOf({ kind, for: name }) {
  if (kind === 'reset') return `New password for ${name}`;
  return name ? `Invitation for ${name}` : 'Invitation for anybody';
}

function fateOf({ state, by, made, expires, used, account }) {
  const from = `By ${by || 'the command line'}${made ? `, ${shortTime(made)}` : ''}`;
  if (state === 'used') return `${from} · used${account ? ` by ${account}` : ''}${used ? `, ${shortTime(used)}` : ''}`;
  return `${from} · ${state === 'expired' ? 'expired' : 'works until'} ${expires ? shortTime(expires) : ''}`;
}
