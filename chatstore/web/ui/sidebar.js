/** The list of rooms and direct conversations, with their unread counts. */

import { fold } from '../irc/names.js';
import { isFavourite } from './favourites.js';
import { useApp } from './hooks.js';
import { classes, html, useState } from './html.js';
import { Icon, IconButton } from './icons.js';
import { Avatar } from './person.js';
import { read, write } from './storage.js';
import { ThreadMark } from './thread-line.js';

export function Sidebar() {
  const app = useApp();
  const { client, page } = app;
  const { buffers, nick } = client.state;
  const { favourites, rooms, directs } = sections(buffers, (name) => isFavourite(app, name));
  return html`<nav class="sidebar" aria-label="Conversations" id="buffers">
    <div class="side-head">
      <button type="button" class="switch-button" onClick=${() => page.showDialog('switch')}>
        <${Icon} name="search" /> <span>Go to…</span> <kbd>Ctrl K</kbd></button>
      <span class="only-narrow"><${IconButton} icon="close" label="Close the list" onClick=${() => page.set({ drawer: false })} /></span>
    </div>
    <div class="side-lists">
      <${Invites} list=${client.state.invites} />
      ${favourites.length > 0 && html`<${List} title="Favourites" list=${favourites} />`}
      <${List} title="Rooms" add="Join or create a room" onAdd=${() => page.showDialog('join')} list=${rooms} />
      <${List} title="Direct messages" add="New direct message" onAdd=${() => page.showDialog('direct')} list=${directs} />
    </div>
    ${client.state.administration && html`<${AdministrationItem} counts=${client.state.administration} />`}
    <button type="button" class="link keys-help" onClick=${() => page.showDialog('help')}>Keys and commands <kbd>F1</kbd></button>
    <button type="button" class="self" onClick=${() => page.showDialog('account')} title="Account and settings">
      <${Avatar} nick=${nick || '?'} /> <span class="self-name">${nick}</span> <${Icon} name="settings" />
      <span class="visually-hidden">Account and settings</span>
    </button>
  </nav>`;
}

function List({ title, add = '', onAdd = null, list }) {
  const { page } = useApp();
  const setting = `folded.${title}`;
  const [folded, setFolded] = useState(read(setting) === 'yes');
  const drafts = page.drafts.names();
  const toggle = () => {
    write(setting, folded ? '' : 'yes');
    setFolded(!folded);
  };
  const shown = folded ? shownFolded(list, page.current) : list;
  return html`<section class="side-list">
    <div class="side-title"><h2><button type="button" class="link fold" aria-expanded=${folded ? 'false' : 'true'} onClick=${toggle}>${title}</button></h2>${add && html`<${IconButton} icon="plus" label=${add} onClick=${onAdd} />`}</div>
    <ul>${shown.map((one) => html`<${Item} key=${one.name} buffer=${one} hasDraft=${drafts.has(fold(one.name))} />`)}</ul>
    ${list.length === 0 && html`<button type="button" class="link side-empty" onClick=${onAdd}>${add}</button>`}
  </section>`;
}

/** The sections of the list; each buffer is in one of them. */
export function sections(buffers, isFavourite) {
  const favourites = buffers.filter((one) => isFavourite(one.name));
  const others = buffers.filter((one) => !isFavourite(one.name));
  return { favourites, rooms: others.filter((one) => one.room), directs: others.filter((one) => !one.room) };
}

/** The buffers that a folded section still shows: unread ones and the open one. */
export function shownFolded(list, here) {
  return list.filter((one) => (one.unread > 0 && one.level !== 'nothing') || fold(one.name) === fold(here));
}

function Item({ buffer, hasDraft }) {
  const { page } = useApp();
  const { name, room, unread, mentions, joined, presence, level } = buffer;
  const muted = level === 'nothing';
  const open = !page.section && fold(name) === fold(page.current);
  return html`<li>
    <button type="button" class=${classes('side-item', open && 'open', unread > 0 && !muted && 'unread', muted && 'muted', room && !joined && 'gone')}
      aria-current=${open ? 'page' : null} onClick=${() => page.open(name)}>
      ${room ? html`<span class="hash" aria-hidden="true">#</span><span class="side-name" dir="auto">${name.slice(1)}</span>`
        : html`<span class=${classes('presence', presence)} aria-hidden="true"></span><span class="side-name" dir="auto">${name}</span>`}
      ${!room && presence && html`<span class="visually-hidden">, ${presence}</span>`}
      ${hasDraft && !open && html`<span class="draft"><${Icon} name="edit" /></span><span class="visually-hidden">, with a draft</span>`}
      ${muted && html`<${Icon} name="muted" /><span class="visually-hidden">, muted</span>`}
      <${ThreadMark} buffer=${buffer} />
      ${mentions > 0 ? html`<span class="badge mention">${badge(mentions)}<span class="visually-hidden"> ${room ? 'mention' : 'new message'}${mentions === 1 ? '' : 's'}</span></span>`
        : unread > 0 && !muted && html`<span class="badge">${badge(unread)}<span class="visually-hidden"> unread</span></span>`}
    </button>
  </li>`;
}

/** The way to the administration, with how much waits there. */
function AdministrationItem({ counts: { waiting, reports, warnings } }) {
  const { page } = useApp();
  const all = waiting + reports + warnings;
  const first = waiting ? 'waiting' : reports ? 'reports' : 'status';
  return html`<div class="side-admin"><button type="button" class=${classes('side-item', page.section && 'open')} aria-current=${page.section ? 'page' : null}
    onClick=${() => page.administer(page.section || first)}><${Icon} name="shield" /><span class="side-name">Administration</span>
    ${all > 0 && html`<span class="badge mention">${badge(all)}<span class="visually-hidden"> waiting</span></span>`}</button></div>`;
}

const badge = (count) => (count > 99 ? '99+' : String(count));

/** Invites to rooms. */
function Invites({ list }) {
  const { client, page } = useApp();
  const enter = async (room) => {
    try {
      await client.join(room);
      client.decline(room);
      page.open(room);
    } catch (error) {
      page.showError(error);
    }
  };
  if (list.length === 0) return null;
  return html`<section class="side-list"><div class="side-title"><h2>Invites</h2></div>
    <ul>${list.map(({ room, by }) => html`<li key=${room} class="invite"><span><b dir="auto">${room}</b>, from ${by}</span>
      <button type="button" onClick=${() => enter(room)}>Join</button>
      <button type="button" class="link" onClick=${() => client.decline(room)}>Decline</button></li>`)}</ul></section>`;
}
