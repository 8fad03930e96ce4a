/** Where threads are seen outside of their panel: the line under a root, and the mark in the list of conversations. */

import { useApp } from './hooks.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { threadsOf } from '../irc/threads.js';
import { unreadReplies, unreadThreads } from './thread-reads.js';
import { dayOf, shortTime, timeOfDay } from './time-format.js';

/** By msgid of their roots, the words about the threads of a buffer: {text, unread}. */
export function threadLines(client, buffer) {
  const lines = new Map();
  for (const [root, thread] of threadsOf(buffer).byRoot) {
    if (thread.count === 0) continue;
    const time = dayOf(thread.last) === dayOf(Date.now()) ? timeOfDay(thread.last) : shortTime(thread.last);
    lines.set(root, { text: `${replies(thread.count)}, last ${time}`, unread: unreadReplies(client, thread) });
  }
  return lines;
}

export const replies = (count) => `${count} ${count === 1 ? 'reply' : 'replies'}`;

export function ThreadLine({ text, unread, onOpen }) {
  return html`<button type="button" class="thread-line" onClick=${onOpen}><${Icon} name="thread" /><span>${text}</span>
    ${unread > 0 && html`<span class="badge mention">${unread}<span class="visually-hidden"> unread</span></span>`}</button>`;
}

/** The mark of a conversation that has unread threads. */
export function ThreadMark({ buffer }) {
  const { client } = useApp();
  const count = buffer.level === 'nothing' ? 0 : unreadThreads(client, buffer).length;
  if (count === 0) return null;
  const words = `${count} unread ${count === 1 ? 'thread' : 'threads'}`;
  return html`<span class="thread-mark" title=${words}><${Icon} name="thread" /><span class="visually-hidden">, ${words}</span></span>`;
}

/** The button that lists the threads of a conversation. */
export function ThreadsButton({ buffer }) {
  const { client, page } = useApp();
  const count = unreadThreads(client, buffer).length;
  if (threadsOf(buffer).byRoot.size === 0) return null;
  return html`<span class=${count > 0 ? '' : 'only-wide'}><button type="button" class="icon-button counted" title="Threads"
    aria-label=${count > 0 ? `Threads: ${count} unread` : 'Threads'} aria-pressed=${page.side === 'thread' ? 'true' : 'false'}
    onClick=${() => (page.side === 'thread' && !page.thread ? page.closeThread() : page.openThread(buffer.name, ''))}>
    <${Icon} name="thread" />${count > 0 && html` <span class="count">${count}</span>`}</button></span>`;
}
