/** The dialog about an account, for administrators: what it is, its rooms and devices, and what can be done. */

import { fold } from '../irc/names.js';
import { Acts } from './acts.js';
import { activity, tagsOf } from './admin-people.js';
import { Token } from './devices.js';
import { Dialog } from './dialog.js';
import { ENDS, endOf } from './ends.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { stripFormatting } from './message-text.js';
import { Avatar, ROLES } from './person.js';
import { shortTime } from './time-format.js';

export function AccountAdminDialog({ name, close }) {
  const { client } = useApp();
  const [account, setAccount] = useState(null);
  const { error, run } = useAsync();
  const look = () => run(async () => setAccount(await client.administration.account(name)));
  useEffect(() => {
    look();
  }, []);
  return html`<${Dialog} title=${account?.name ?? name} onClose=${close} wide>
    ${account === null && !error && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${account && html`<div class="person"><${Avatar} nick=${account.name} />
        <dl>${factsOf(account).map(([title, value]) => html`<div key=${title}><dt>${title}</dt><dd dir="auto">${value}</dd></div>`)}</dl></div>
      <${Acts} acts=${actsOn(account, client)} onDone=${look} />
      ${account.devices > 0 && html`<${Devices} key=${account.devices} account=${account} onDone=${look} />`}`}
  <//>`;
}

function factsOf(account) {
  const { nick, name, created, rooms, certificates, reason, status, address } = account;
  const lines = [
    ['Status', [...tagsOf(account), ...(account.status === 'active' ? [activity(account)] : [])].join(', ') || activity(account)],
    status === 'suspended' && ['Suspension', activity({ ...account, reason: '' }).replace('Suspended ', '')],
    reason && ['Reason', stripFormatting(reason)],
    nick && nick !== name && ['Nick', nick],
    created && ['Created', shortTime(created)],
    address && ['Address', address],
    certificates > 0 && ['Certificates', String(certificates)],
    ['Rooms', rooms.map(roomWithRole).join(', ') || 'None'],
  ];
  return lines.filter(Boolean);
}

function roomWithRole({ name, prefix }) {
  const roles = [...prefix].map((one) => ROLES[one] ?? '').filter(Boolean);
  return roles.length > 0 ? `${name} (${roles.join(', ')})` : name;
}

/** What can be done to this account. */
export function actsOn({ name, role, status, devices }, client) {
  const { administration } = client;
  const own = fold(name) === fold(client.state.account);
  const removed = status === 'removed';
  if (status === 'waiting') return approvals(name, administration);
  return [
    !own && status === 'active' && suspension(name, administration),
    status === 'suspended' && { name: 'restore', label: 'End the suspension',
      run: async () => {
        await administration.restore(name);
        return `${name} can sign in again.`;
      } },
    !own && !removed && reset(name, status === 'placeholder', administration),
    !own && !removed && status !== 'placeholder' && adminship(name, role, administration),
    !own && devices > 0 && { name: 'out', label: 'Sign out all devices…',
      says: `${name} is signed out on all devices, and has to give the password again.`, button: 'Sign out all devices',
      run: async () => {
        await administration.signOut(name, '*');
        return `${name} is signed out on all devices.`;
      } },
    !own && !removed && { name: 'remove', label: 'Remove…', danger: true, button: 'Remove the account',
      says: `${name} cannot sign in any more and leaves all rooms; the name stays taken. What ${name} wrote stays. You cannot undo this.`,
      fields: [{ name: 'sure', label: `Type ${name} to remove the account`, exactly: name }],
      run: async () => {
        await administration.remove(name);
        return `${name} is removed.`;
      } },
    !own && { name: 'erase', label: 'Erase…', danger: true, button: 'Erase everything',
      says: `${removed ? '' : `${name} is removed. `}Everything that ${name} wrote is erased from the database, for everyone and for ever. `
        + 'Other people see that a message was there. Backups that were made before still have the words.',
      fields: [{ name: 'sure', label: `Type ${name} to erase everything`, exactly: name }],
      run: async () => {
        await administration.erase(name);
        return `Erasing ${name} has begun. It may take a while; a notice comes when it is done.`;
      } },
  ];
}

export function suspension(name, administration) {
  return { name: 'suspend', label: 'Suspend…', danger: true, button: `Suspend ${name}`,
    says: `${name} is signed out everywhere at once and cannot sign in. What ${name} wrote stays. You can end it at any time.`,
    fields: [
      { name: 'reason', label: 'Reason', required: true, prose: true, hint: `${name} sees this when signing in.` },
      { name: 'end', label: 'For how long', choices: ENDS },
    ],
    run: async ({ reason, end }) => {
      const until = endOf(end);
      await administration.suspend(name, until, reason);
      return `${name} is suspended${until ? ` until ${shortTime(until)}` : ''}.`;
    } };
}

function reset(name, placeholder, administration) {
  return { name: 'reset', label: placeholder ? 'Create a link to take over…' : 'Link for a new password…', button: 'Create link',
    says: placeholder ? `Whoever opens the link can sign in as ${name}, with everything that was imported. Send it to that person only.`
      : `Whoever opens the link sets a new password for ${name}. Send it to that person only. The old password works until then.`,
    run: async () => {
      const { link, expires } = await administration.reset(name);
      return { told: `It works once, until ${shortTime(expires)}.`, link, label: `Link for ${name}` };
    } };
}

function adminship(name, role, administration) {
  const is = role === 'admin';
  return { name: 'admin', label: is ? 'Take administration away…' : 'Make administrator…', danger: is,
    button: is ? 'Take administration away' : 'Make administrator',
    says: is ? `${name} is an ordinary account again.`
      : `${name} can do everything that you can here: see all rooms, suspend and remove people, and make administrators.`,
    run: async () => {
      await administration.setAdmin(name, !is);
      return is ? `${name} is no longer an administrator.` : `${name} is an administrator.`;
    } };
}

/** Approve or refuse a new account. */
export function approvals(name, administration) {
  return [
    { name: 'approve', label: 'Approve', run: async () => {
      await administration.approve(name);
      return `${name} can sign in now.`;
    } },
    { name: 'refuse', label: 'Refuse…', danger: true, button: `Refuse ${name}`,
      says: `The account ${name} is deleted, and its name is free again. They can ask once more.`,
      run: async () => {
        await administration.refuse(name);
        return `${name} was refused.`;
      } },
  ];
}

function Devices({ account, onDone }) {
  const { client } = useApp();
  const [list, setList] = useState(null);
  const { busy, error, run } = useAsync();
  const open = ({ currentTarget }) => {
    if (currentTarget.open && list === null) run(async () => setList(await client.administration.devices(account.name)));
  };
  const out = (id) => run(async () => {
    await client.administration.signOut(account.name, id);
    setList(await client.administration.devices(account.name));
    onDone();
  });
  return html`<details class="setting" onToggle=${open}><summary><h3>Devices and tokens <span class="count">${account.devices}</span></h3></summary>
    ${list === null && busy && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <ul class="devices">${(list ?? []).map(({ made, online, ...one }) => html`<${Token} key=${one.id} busy=${busy} onRemove=${out}
      token=${{ ...one, created: made, state: online ? 'online' : 'offline' }} />`)}</ul>
  </details>`;
}
