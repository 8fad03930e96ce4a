/** The open conversation: what it is about, what was said, where one writes. */

import { Body, plain } from './body.js';
import { Composer } from './composer.js';
import { Enter } from './enter.js';
import { useHere } from './here.js';
import { html, useRef } from './html.js';
import { Icon, IconButton } from './icons.js';
import { Live } from './live.js';
import { Log } from './log.js';

export function Conversation({ conversation }) {
  const { client, page } = useHere();
  const log = useRef(null);
  const { name, room } = conversation;
  const { nick, connection, conversations } = client.state;
  const online = connection.status === 'online';
  const does = useRef(null);
  does.current ??= actions(client, page);
  return html`<section class="conversation" aria-label=${`Conversation ${name}`}>
    <${Head} conversation=${conversation} />
    <${Log} key=${name} itself=${log} conversation=${conversation} client=${client} page=${page} nick=${nick} does=${does.current}
      jump=${page.jump} online=${online} />
    <${Live} key=${`live ${name}`} conversation=${conversation} client=${client} />
    <p class="typing" aria-live="off">${typingText(conversation.typing)}</p>
    ${room && !conversation.joined && online && html`<div class="not-inside composer"><p role="status">${outside(conversation)}</p>
      <${Enter} key=${`enter ${name}`} room=${name} again /></div>`}
    <${Composer} key=${`write ${name}`} conversation=${conversation} client=${client} page=${page} nick=${nick}
      answering=${page.answering(name)} can=${!room || conversation.joined || !online}
      rooms=${conversations.filter((one) => one.room).map((one) => one.name)} onSent=${() => log.current?.toEnd()} />
  </section>`;
}

function Head({ conversation }) {
  const { client, page } = useHere();
  const { name, room, topic, joined, members } = conversation;
  const others = client.state.conversations.reduce((sum, one) => sum + (one.name === name ? 0 : one.mentions), 0);
  return html`<header class="head">
    <span class="only-narrow menu-button"><${IconButton} icon="menu" label=${others ? `Conversations, ${others} mentions` : 'Conversations'}
      aria-expanded=${page.drawer ? 'true' : 'false'} onClick=${() => page.set({ drawer: true })} />
      ${others > 0 && html`<span class="dot" aria-hidden="true"></span>`}</span>
    <div class="title">
      <h1 dir="auto">${name}</h1>
      ${topic ? html`<p class="topic" title=${plain(topic)}><${Body} text=${topic} /></p>`
        : !room && html`<p class="topic">${presence(conversation)}</p>`}
    </div>
    <div class="head-buttons">
      <${IconButton} icon="search" label="Search" aria-pressed=${page.side === 'search' ? 'true' : 'false'} onClick=${() => page.toggle('search')} />
      ${room ? html`<${IconButton} icon="settings" label="Room settings" onClick=${() => page.show('room', { name })} />
        <button type="button" class="icon-button counted" aria-label=${`Members: ${members.size}`} title="Members"
          aria-pressed=${page.side === 'members' ? 'true' : 'false'} onClick=${() => page.toggle('members')}>
          <${Icon} name="people" /> ${joined && html`<span class="count">${members.size}</span>`}</button>`
        : html`<${IconButton} icon="person" label=${`About ${name}`} onClick=${() => page.show('person', { nick: name })} />`}
    </div>
  </header>`;
}

/** Why one is not in a room of the list: the kick with its reason, where that was the last thing that happened. */
export function outside({ name, entries }) {
  const last = entries.findLast((one) => ['kick', 'join', 'part'].includes(one.event));
  return last?.event === 'kick' ? `${last.text}.` : `You are not in ${name}.`;
}

export function presence({ presence: here, nobody }) {
  if (nobody) return 'Nobody has this name: what you write reaches no one';
  return { online: 'online', away: 'away', offline: 'offline: what you write waits for them' }[here] ?? '';
}

export function typingText(nicks) {
  if (nicks.length === 0) return '';
  if (nicks.length === 1) return `${nicks[0]} is typing…`;
  if (nicks.length === 2) return `${nicks[0]} and ${nicks[1]} are typing…`;
  return `${nicks.length} people are typing…`;
}

/** What can be done with a message, for the rows: the same object for as long as the page is open. */
function actions(client, page) {
  const at = () => page.here;
  return {
    react: (entry, emoji, mine) => {
      const done = mine ? client.unreact(at(), entry.msgid, emoji) : client.react(at(), entry.msgid, emoji);
      done?.catch?.(page.failed);
    },
    pick: (entry) => page.show('react', { entry, name: at() }),
    reply: (entry) => page.answer(at(), entry),
    remove: (entry) => page.show('remove', { entry, name: at() }),
    retry: (entry) => client.retry(at(), entry.key),
    discard: (entry) => client.discard(at(), entry.key),
    person: (nick) => page.show('person', { nick, name: at() }),
    goTo: (msgid) => page.goTo(at(), msgid),
  };
}
