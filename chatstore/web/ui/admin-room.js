/** The dialog about a room, for administrators: settings, founder, members, removal. They need not be in the room. */

import { Acts, Proof } from './acts.js';
import { kindsOf, summary } from './admin-rooms.js';
import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { Filter, PagedList, usePages, useSettled } from './paged-list.js';
import { ROLES } from './person.js';
import { SettingControl } from './room-settings.js';

export function RoomAdminDialog({ name, room, close }) {
  const { client, page } = useApp();
  const { administration } = client;
  const [values, setValues] = useState(null);
  const [gone, setGone] = useState(false);
  const { busy, error, run } = useAsync();
  const look = () => run(async () => setValues(await administration.room(name)));
  useEffect(() => {
    look();
  }, []);
  const [unproven, setUnproven] = useState(null);
  const change = (given, password = '') => run(async () => {
    if (password) await administration.confirm(password);
    setUnproven(null);
    try {
      setValues(await administration.setRoom(name, given));
    } catch (error) {
      if (error.code !== 'PASSWORD_REQUIRED' || password) throw error;
      setUnproven(given);
    }
  });
  // What MODE and TOPIC set is the operators' business; the founder is an act of its own.
  const rows = client.state.settings.filter(({ set, type }) => set === 'ROOM' && type !== 'account');
  return html`<${Dialog} title=${name} onClose=${close} wide>
    <p class="hint">${[...kindsOf(room), summary({ ...room, founder: values?.founder ?? room.founder })].join(' · ')}</p>
    ${values === null && busy && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${unproven && html`<${Proof} busy=${busy} onCancel=${() => setUnproven(null)} onSubmit=${(password) => change(unproven, password)} />`}
    ${values && !gone && html`<section class="setting"><h3>Settings</h3>
      ${rows.map((setting) => html`<${SettingControl} key=${`${setting.name} ${values[setting.name] ?? ''}`} setting=${setting} value=${values[setting.name] ?? ''}
        may busy=${busy} onChange=${(value) => change({ [setting.name]: value })} />`)}</section>
      <${Members} room=${name} />`}
    ${values && html`<section class="setting"><h3>Founder and removal</h3>
      <${Acts} acts=${gone ? [] : actsOn(name, values, administration)} onDone=${look} /></section>`}
  <//>`;

  function actsOn(name, { founder }, administration) {
    return [
      { name: 'founder', label: founder ? 'Give to a new founder…' : 'Set the founder…', button: 'Set the founder',
        says: `The new founder operates ${name} at once.${founder ? ` ${founder} stays an operator.` : ''}`,
        fields: [{ name: 'account', label: 'Account of the new founder', required: true }],
        run: async ({ account }) => {
          await administration.setFounder(name, account);
          return `${account} is the founder of ${name}.`;
        } },
      { name: 'remove', label: 'Remove the room…', danger: true, button: 'Remove the room',
        says: `${name} is removed with everything that was said in it, for everyone. You cannot undo this.`,
        fields: [{ name: 'sure', label: `Type ${name} to remove the room`, exactly: name }],
        run: async () => {
          await administration.removeRoom(name);
          setGone(true);
          close();
          page.showNotice(`${name} is removed.`);
        } },
    ];
  }
}

function Members({ room }) {
  const { client } = useApp();
  const [open, setOpen] = useState(false);
  return html`<details class="setting" onToggle=${({ currentTarget }) => setOpen(currentTarget.open)}>
    <summary><h3>Members</h3></summary>${open && html`<${MemberList} room=${room} client=${client} />`}</details>`;
}

function MemberList({ room, client }) {
  const { administration } = client;
  const [typed, setTyped] = useState('');
  const match = useSettled(typed.trim());
  const pages = usePages(`${room} ${match}`, (after) => administration.members(room, { match, after }));
  return html`<${Filter} label="Find a member" value=${typed} onChange=${setTyped} />
    <${PagedList} pages=${pages} label="Members" empty=${match ? 'No members match.' : 'Nobody is in this room.'} keyOf=${({ nick }) => nick}
      render=${({ nick, role, online }) => html`<div class="admin-row still"><span class="admin-what"><span class="admin-name" dir="auto">${nick}${rolesOf(role).map((text) => html` <span class="tag">${text}</span>`)}</span>
        <span class="hint">${online ? 'Online now' : 'Offline'}</span></span>
        <${Acts} about=${nick} onDone=${pages.again} acts=${[
          { name: 'role', label: role.includes('@') ? 'Remove operator' : 'Make operator',
            run: async () => {
              await administration.setRole(room, nick, role.includes('@') ? 'member' : 'operator');
            } },
          { name: 'kick', label: 'Kick…', danger: true, button: `Kick ${nick}`, says: `${nick} leaves ${room}, and can join again.`,
            fields: [{ name: 'reason', label: 'Reason (optional)', prose: true }],
            run: async ({ reason }) => {
              await administration.kick(room, nick, reason);
            } },
        ]} /></div>`} />`;
}

function rolesOf(prefix) {
  return [...prefix].map((one) => (one === '~' ? 'founder' : ROLES[one] ?? '')).filter(Boolean);
}
