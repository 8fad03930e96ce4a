/** The open buffer: header, messages and composer. */

import { filesIn } from '../irc/file-links.js';
import { fold } from '../irc/names.js';
import { meaning } from '../irc/room-settings.js';
import { MessageText, stripFormatting } from './message-text.js';
import { Composer, composerOf } from './composer.js';
import { JoinForm } from './join-form.js';
import { isFavourite, maySetFavourite, setFavourite } from './favourites.js';
import { useApp } from './hooks.js';
import { html, useRef } from './html.js';
import { Icon, IconButton } from './icons.js';
import { Announcer } from './announcer.js';
import { Log } from './log.js';
import { copyLink } from './permalinks.js';
import { ThreadsButton } from './thread-line.js';

export function Buffer({ buffer }) {
  const { client, page } = useApp();
  const log = useRef(null);
  const { name } = buffer;
  const { nick, account, connection, features } = client.state;
  const online = connection.status === 'online';
  const writing = composerOf(client, page, buffer);
  const actions = useRef(null);
  actions.current ??= messageActions(client, page, log);
  return html`<section class="buffer" aria-label=${`Conversation ${name}`}>
    <${Head} buffer=${buffer} />
    <${Log} key=${name} itself=${log} buffer=${buffer} client=${client} page=${page} nick=${nick} actions=${actions.current}
      jump=${page.jump} online=${online} reports=${features.reports && account !== ''} />
    <${Announcer} key=${`live ${name}`} buffer=${buffer} client=${client} />
    <p class="typing" aria-live="off">${typingText(buffer.typing)}</p>
    ${!writing.can && html`<div class="not-inside composer"><p role="status">${notMember(buffer)}</p>
      <${JoinForm} key=${`join ${name}`} room=${name} again /></div>`}
    <${Composer} key=${`write ${name}`} ...${writing} slowMode=${slowModeText(buffer, client.state.settings)}
      replyingTo=${page.replyTo(name)} editing=${page.edited(name)} onSent=${() => log.current?.toEnd()} />
  </section>`;
}

function Head({ buffer }) {
  const { client, page } = useApp();
  const { name, room, topic, joined, members, level } = buffer;
  const { waiting = 0, reports = 0 } = client.state.administration ?? {};
  const favourite = isFavourite({ client, page }, name);
  const others = client.state.buffers.reduce((sum, one) => sum + (one.name === name ? 0 : one.mentions), 0);
  return html`<header class="head">
    <span class="only-narrow menu-button"><${IconButton} icon="menu" label=${menuLabel(others, waiting + reports)}
      aria-expanded=${page.drawer ? 'true' : 'false'} onClick=${() => page.set({ drawer: true })} />
      ${others + waiting + reports > 0 && html`<span class="dot" aria-hidden="true"></span>`}</span>
    <div class="title">
      <h1 dir="auto">${name}</h1>
      ${topic ? html`<p class="topic" title=${stripFormatting(topic)}><${MessageText} text=${topic} /></p>`
        : !room && html`<p class="topic">${presence(buffer)}</p>`}
    </div>
    <div class="head-buttons">
      <span class=${room ? 'only-wide' : ''}><${IconButton} icon=${favourite ? 'starred' : 'star'} label="Favourite" aria-pressed=${favourite ? 'true' : 'false'}
        disabled=${!maySetFavourite({ client })} onClick=${() => setFavourite({ client, page }, name, !favourite)} /></span>
      <${ThreadsButton} buffer=${buffer} />
      <${IconButton} icon="search" label="Search" aria-pressed=${page.side === 'search' ? 'true' : 'false'} onClick=${() => page.toggle('search')} />
      <span class=${room ? 'only-wide' : ''}>${client.state.features.notify && html`<${IconButton} icon=${level === 'nothing' ? 'muted' : 'bell'} label="Notifications" onClick=${() => page.showDialog('notify', { name })} />`}
        ${room && client.state.features.pins && html`<${IconButton} icon="pin" label="Pinned messages" onClick=${() => page.showDialog('pins', { name })} />`}</span>
      ${room ? html`<${IconButton} icon="settings" label="Room settings" onClick=${() => page.showDialog('room', { name })} />
        <button type="button" class="icon-button counted" aria-label=${`Members: ${members.size}`} title="Members"
          aria-pressed=${page.side === 'members' ? 'true' : 'false'} onClick=${() => page.toggle('members')}>
          <${Icon} name="people" /> ${joined && html`<span class="count">${members.size}</span>`}</button>`
        : html`<${IconButton} icon="person" label=${`About ${name}`} onClick=${() => page.showDialog('person', { nick: name })} />`}
    </div>
  </header>`;
}

/** The name of the button that opens the list: what one would see in it. */
function menuLabel(mentions, tasks) {
  return ['Conversations', mentions > 0 && `${mentions} ${mentions === 1 ? 'mention' : 'mentions'}`,
    tasks > 0 && `${tasks} to administer`].filter(Boolean).join(', ');
}

/** Why the person is not in a room: the kick with its reason if that was the last event, or that they are not in it. */
export function notMember({ name, entries }) {
  const last = entries.findLast((one) => ['kick', 'join', 'part'].includes(one.event));
  return last?.event === 'kick' ? `${last.text}.` : `You are not in ${name}.`;
}

export function presence({ presence: value, unknown }) {
  if (unknown) return 'No one has this name. Your messages are not delivered.';
  return { online: 'Online', away: 'Away', offline: 'Offline. They see your messages when they come back.' }[value] ?? '';
}

/** The hint about slow mode, for those who have to wait; '' for all others. */
export function slowModeText({ settings, myPrefix }, table) {
  const { slowmode = '0' } = settings;
  const setting = table.find(({ name }) => name === 'slowmode');
  return Number(slowmode) > 0 && myPrefix === '' ? `Slow mode: ${meaning(setting, 'slowmode', slowmode)}.` : '';
}

export function typingText(nicks) {
  if (nicks.length === 0) return '';
  if (nicks.length === 1) return `${nicks[0]} is typing…`;
  if (nicks.length === 2) return `${nicks[0]} and ${nicks[1]} are typing…`;
  return `${nicks.length} people are typing…`;
}

/** The loaded pictures of a conversation, each once. */
function picturesOf(client, name) {
  const { entries = [] } = client.state.buffers.find((one) => fold(one.name) === fold(name)) ?? {};
  const all = entries.flatMap(({ text }) => filesIn(text, client.filePlaces).files)
    .filter(({ kind, token }) => kind === 'picture' && !client.files.isRemoved(token));
  return [...new Map(all.map((file) => [file.path, file])).values()];
}

/** The actions on a message. One object for all rows, so that they need not be drawn again. */
export function messageActions(client, page, log = null) {
  const at = () => page.current;
  return {
    react: (entry, emoji, mine) => {
      const done = mine ? client.unreact(at(), entry.msgid, emoji) : client.react(at(), entry.msgid, emoji);
      done?.catch?.(page.showError);
    },
    pick: (entry) => page.showDialog('react', { entry, name: at() }),
    reply: (entry) => page.startReply(at(), entry),
    thread: (entry) => page.openThread(at(), entry.msgid),
    earlier: (entry) => page.showDialog('edits', { entry, name: at() }),
    edit: (entry) => page.startEdit(at(), entry),
    pin: (entry) => client.pin(at(), entry.msgid).then(() => page.showNotice('The message is pinned: see the pin above the messages.'), page.showError),
    link: (entry) => copyLink(page, at(), entry.msgid),
    report: (entry) => page.showDialog('report', { entry, name: at() }),
    remove: (entry) => page.showDialog('remove', { entry, name: at() }),
    retry: (entry) => client.retry(at(), entry.key),
    discard: (entry) => client.discard(at(), entry.key),
    person: (nick) => page.showDialog('person', { nick, name: at() }),
    goTo: (msgid) => page.goTo(at(), msgid),
    look: (file) => {
      const pictures = picturesOf(client, at());
      const place = pictures.findIndex(({ path }) => path === file.path);
      page.showDialog('picture', place < 0 ? { pictures: [file], at: 0 } : { pictures, at: place });
    },
    removeFile: (file) => page.showDialog('remove-file', { file }),
    moved: () => log?.current?.keepPosition(),
  };
}
