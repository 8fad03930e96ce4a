/** The frame of the administration: its sections, and what waits in them. */

import { AuditLog } from './admin-audit.js';
import { Bans } from './admin-bans.js';
import { BotAccounts } from './admin-bots.js';
import { Invitations } from './admin-invitations.js';
import { People } from './admin-people.js';
import { Reports } from './admin-reports.js';
import { Rooms } from './admin-rooms.js';
import { Status } from './admin-status.js';
import { Waiting } from './admin-waiting.js';
import { Webhooks } from './admin-webhooks.js';
import { focusLost, useApp } from './hooks.js';
import { html, useEffect, useRef } from './html.js';
import { IconButton } from './icons.js';

/** By the name in the address: title, component, and the count that shows what waits. */
const SECTIONS = {
  status: ['Status', Status, 'warnings'],
  people: ['People', People],
  waiting: ['Approvals', Waiting, 'waiting'],
  reports: ['Reports', Reports, 'reports'],
  invitations: ['Invitations', Invitations],
  rooms: ['Rooms', Rooms],
  bots: ['Bots', BotAccounts],
  webhooks: ['Webhooks', Webhooks],
  bans: ['Bans', Bans],
  audit: ['Audit log', AuditLog],
};

export function AdminView() {
  const { client, page } = useApp();
  const { connection, administration } = client.state;
  const chosen = Object.hasOwn(SECTIONS, page.section) ? page.section : 'status';
  const [title, Component] = SECTIONS[chosen];
  const heading = useRef(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && focusLost()) heading.current.focus();
    first.current = false;
  }, [chosen]);
  const count = (name) => administration?.[SECTIONS[name][2]] ?? 0;
  return html`<section class="admin" aria-label="Administration">
    <header class="head">
      <span class="only-narrow"><${IconButton} icon="menu" label="Conversations" aria-expanded=${page.drawer ? 'true' : 'false'}
        onClick=${() => page.set({ drawer: true })} /></span>
      <div class="title"><h1>Administration</h1></div>
      <${IconButton} icon="close" label="Close the administration" onClick=${() => page.closeAdministration()} />
    </header>
    <div class="admin-frame">
      <nav class="admin-nav" aria-label="Sections of the administration">
        <ul>${Object.entries(SECTIONS).map(([name, [text]]) => html`<li key=${name}>
          <button type="button" class=${name === chosen ? 'side-item open' : 'side-item'} aria-current=${name === chosen ? 'page' : null}
            onClick=${() => page.administer(name)}><span class="side-name">${text}</span>${count(name) > 0 && html`<span class="badge mention">${count(name)}</span>`}</button></li>`)}</ul>
        <label class="admin-choice"><span class="visually-hidden">Section</span>
          <select value=${chosen} onChange=${(event) => page.administer(event.currentTarget.value)}>
            ${Object.entries(SECTIONS).map(([name, [text]]) => html`<option key=${name} value=${name}>${text}${count(name) > 0 ? ` (${count(name)})` : ''}</option>`)}
          </select></label>
      </nav>
      <div class="admin-section" key=${chosen}>
        <h2 ref=${heading} tabindex="-1">${title}</h2>
        <${Component} online=${connection.status === 'online'} count=${count(chosen)} />
      </div>
    </div>
  </section>`;
}
