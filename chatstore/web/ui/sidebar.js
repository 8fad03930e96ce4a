/** The rooms and the people one talks with, with what is unread in each. */

import { fold } from '../irc/names.js';
import { useHere } from './here.js';
import { classes, html, useState } from './html.js';
import { Icon, IconButton } from './icons.js';
import { Face } from './person.js';
import { read, write } from './settings.js';

export function Sidebar() {
  const { client, page } = useHere();
  const { conversations, nick } = client.state;
  const rooms = conversations.filter((one) => one.room);
  const directs = conversations.filter((one) => !one.room);
  return html`<nav class="sidebar" aria-label="Conversations" id="conversations">
    <div class="side-head">
      <button type="button" class="switch-button" onClick=${() => page.show('switch')}>
        <${Icon} name="search" /> <span>Go to…</span> <kbd>Ctrl K</kbd></button>
      <span class="only-narrow"><${IconButton} icon="close" label="Close the list" onClick=${() => page.set({ drawer: false })} /></span>
    </div>
    <div class="side-lists">
      <${Invitations} list=${client.state.invitations} />
      <${List} title="Rooms" add="Join or make a room" onAdd=${() => page.show('join')} list=${rooms} />
      <${List} title="Direct messages" add="Write to somebody" onAdd=${() => page.show('direct')} list=${directs} />
    </div>
    <button type="button" class="link keys-help" onClick=${() => page.show('help')}>Keys and commands <kbd>F1</kbd></button>
    <button type="button" class="self" onClick=${() => page.show('account')} title="Your account and this page's settings">
      <${Face} nick=${nick || '?'} /> <span class="self-name">${nick}</span> <${Icon} name="settings" />
      <span class="heard-only">Account and settings</span>
    </button>
  </nav>`;
}

function List({ title, add, onAdd, list }) {
  const { page } = useHere();
  const setting = `folded.${title}`;
  const [folded, setFolded] = useState(read(setting) === 'yes');
  const fold = () => {
    write(setting, folded ? '' : 'yes');
    setFolded(!folded);
  };
  // What is unread stays in sight, and so does what is open.
  const shown = folded ? list.filter((one) => one.unread > 0 || one.name === page.here) : list;
  return html`<section class="side-list">
    <div class="side-title"><h2><button type="button" class="link fold" aria-expanded=${folded ? 'false' : 'true'} onClick=${fold}>${title}</button></h2><${IconButton} icon="plus" label=${add} onClick=${onAdd} /></div>
    <ul>${shown.map((one) => html`<${Item} key=${one.name} conversation=${one} />`)}</ul>
    ${list.length === 0 && html`<button type="button" class="link side-empty" onClick=${onAdd}>${add}</button>`}
  </section>`;
}

function Item({ conversation }) {
  const { page } = useHere();
  const { name, room, unread, mentions, joined, presence } = conversation;
  const open = fold(name) === fold(page.here);
  return html`<li>
    <button type="button" class=${classes('side-item', open && 'open', unread > 0 && 'unread', room && !joined && 'gone')}
      aria-current=${open ? 'page' : null} onClick=${() => page.open(name)}>
      ${room ? html`<span class="hash" aria-hidden="true">#</span><span class="side-name" dir="auto">${name.slice(1)}</span>`
        : html`<span class=${classes('presence', presence)} aria-hidden="true"></span><span class="side-name" dir="auto">${name}</span>`}
      ${!room && presence && html`<span class="heard-only">, ${presence}</span>`}
      ${mentions > 0 ? html`<span class="badge mention">${cut(mentions)}<span class="heard-only"> ${room ? 'mentions' : 'new messages'}</span></span>`
        : unread > 0 && html`<span class="badge">${cut(unread)}<span class="heard-only"> unread</span></span>`}
    </button>
  </li>`;
}

const cut = (count) => (count > 99 ? '99+' : String(count));

/** Rooms that somebody asks us to come to. */
function Invitations({ list }) {
  const { client, page } = useHere();
  const enter = async (room) => {
    try {
      await client.join(room);
      client.decline(room);
      page.open(room);
    } catch (error) {
      page.failed(error);
    }
  };
  if (list.length === 0) return null;
  return html`<section class="side-list"><div class="side-title"><h2>Invitations</h2></div>
    <ul>${list.map(({ room, by }) => html`<li key=${room} class="invitation"><span><b dir="auto">${room}</b>, from ${by}</span>
      <button type="button" onClick=${() => enter(room)}>Join</button>
      <button type="button" class="link" onClick=${() => client.decline(room)}>No</button></li>`)}</ul></section>`;
}
