/** The panel of threads: one with its root, its replies and a message field, or the list of those in a conversation. */

import { threadsOf } from '../irc/threads.js';
import { Composer, composerOf } from './composer.js';
import { focusLost, useApp } from './hooks.js';
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from './html.js';
import { IconButton } from './icons.js';
import { Hidden } from './ignored.js';
import { Mark } from './mark.js';
import { Message } from './message.js';
import { displayText, sentence, truncate } from './message-text.js';
import { colourOf, isOperator } from './person.js';
import { replies } from './thread-line.js';
import { markThread, unreadReplies } from './thread-reads.js';
import { shortTime } from './time-format.js';

/** Messages of a chain that are fetched to find its root: a stranger could make one without an end. */
const MAX_STEPS = 20;
/** Messages to fetch around each. */
const AROUND = 10;
/** Pages to fetch when the person asks for missing replies, and lines in each. */
const MAX_PAGES = 10;
const LARGE = 1000;

export function ThreadPanel({ buffer, actions }) {
  const { page } = useApp();
  return page.thread ? html`<${Thread} key=${page.thread} buffer=${buffer} msgid=${page.thread} actions=${actions} />`
    : html`<${List} buffer=${buffer} />`;
}

function Thread({ buffer, msgid, actions }) {
  const { client, page } = useApp();
  const box = useRef(null);
  const thread = threadsOf(buffer).of(msgid);
  const { first, count } = thread;
  const [missing, setMissing] = useState('');
  const [active, setActive] = useState('');
  useEffect(() => {
    let over = false;
    if (!first) findRoot(client, buffer.name, msgid, () => over).catch((error) => setMissing(error.message));
    return () => {
      over = true;
      if (focusLost()) returnFocus(msgid);
    };
  }, []);
  useReading(client, page, thread);
  useLayoutEffect(() => {
    box.current.scrollTop = box.current.scrollHeight;
  }, [thread.replies.length]);
  const fill = () => loadGaps(client, buffer.name, thread).catch(page.showError);
  const activate = ({ target }) => setActive(target.closest?.('.row')?.dataset.key ?? '');
  const shown = [...(first ? [first] : []), ...thread.replies];
  const edit = (entry) => {
    if (matchMedia('(max-width: 1099px)').matches) page.closeThread(); // it covers the field in which one edits
    actions.edit(entry);
  };
  const own = { ...actions, edit, reply: () => focusField() };
  const { editing } = client.state.features;
  const may = { redact: isOperator(buffer.myPrefix), edit: editing, inThread: true };
  return html`<aside class="side-panel thread" aria-label="Thread" data-thread=${thread.root} onKeyDown=${pressed}>
    <div class="panel-head"><div><h2>Thread</h2><p class="thread-place" dir="auto">${buffer.name}</p></div>
      <${IconButton} icon="close" label="Close the thread" onClick=${() => page.closeThread()} /></div>
    <div class="thread-rows" ref=${box} tabindex="0" role="group" aria-label="Messages of the thread" onMouseOver=${activate}
      onFocusIn=${activate} onClick=${activate} onMouseLeave=${() => setActive('')}>
      ${!first && html`<p class="hint" role="status">${missing ? `The first message can't be shown: ${sentence(missing)}`
        : 'Loading the first message…'}</p>`}
      ${shown.map((entry, place) => [
        html`<${Hidden} key=${entry.key} entry=${entry} only=${client.isIgnored(entry)}><${Message} entry=${entry.replyTo ? { ...entry, replyTo: '' } : entry} begins nick=${client.state.nick}
          may=${may} active=${active === entry.key} flash=${false} actions=${own} client=${client} places=${client.filePlaces} look=${client.lookOf(entry)} /><//>`,
        place === 0 && first && html`<p class="thread-count" key="count" role="status">${count > 0 ? replies(count) : 'No replies yet'}</p>`,
      ])}
      ${first && !thread.whole && html`<p class="hint">Some replies may be missing.
        <button type="button" class="link" onClick=${fill}>Load them</button></p>`}
    </div>
    <${Composer} key=${thread.root} ...${composerOf(client, page, buffer, thread.root)} />
  </aside>`;
}

/** Mark the thread as read while the person sees it. */
function useReading(client, page, thread) {
  const newest = useRef(thread);
  newest.current = thread;
  const mark = () => {
    if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
    if (newest.current.last > 0 && markThread(client, newest.current)) page.set({});
  };
  useEffect(mark, [thread.root, thread.last]);
  useEffect(() => {
    globalThis.addEventListener('focus', mark);
    return () => globalThis.removeEventListener('focus', mark);
  }, []);
}

/** Fetch the messages on the way to the root that are not loaded. */
async function findRoot(client, name, msgid, over) {
  for (let step = 0; step < MAX_STEPS && !over(); step += 1) {
    const { root, first } = threadOf(client, name, msgid);
    if (first !== null) return;
    await client.around(name, root, AROUND);
    const now = threadOf(client, name, msgid);
    if (now.root === root && now.first === null) throw new Error('it is no longer kept');
  }
}

function threadOf(client, name, msgid) {
  return threadsOf(client.state.buffers.find((one) => one.name === name) ?? { entries: [] }).of(msgid);
}

/** Fill the gaps after the root, newest first. */
async function loadGaps(client, name, { first }) {
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { entries = [] } = client.state.buffers.find((one) => one.name === name) ?? {};
    const gap = entries.filter(({ kind, time }) => kind === 'gap' && time > first.time).at(-1);
    if (gap === undefined) return;
    await client.older(name, gap.key, LARGE);
  }
}

/** The focus goes back to the message in the conversation, or to its field. */
function returnFocus(msgid) {
  const row = document.querySelector(`.log [data-msgid="${CSS.escape(msgid)}"]`);
  (row ?? document.querySelector('.composer textarea'))?.focus({ preventScroll: true });
}

function focusField() {
  document.querySelector('.thread .writing textarea')?.focus();
}

/** Up and Down move between messages, R goes to the field. */
function pressed(event) {
  const row = event.target.closest?.('.row.said');
  if (event.target !== row && !event.target.matches('.thread-rows')) return;
  const rows = [...event.currentTarget.querySelectorAll('.row.said')];
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step && !event.altKey) rows[row ? rows.indexOf(row) + step : rows.length - 1]?.focus();
  else if (event.key === 'r' && !event.ctrlKey && !event.metaKey) focusField();
  else return;
  event.preventDefault();
}

function List({ buffer }) {
  const { client, page } = useApp();
  const close = useRef(null);
  useEffect(() => {
    close.current?.querySelector('button').focus();
    return () => { if (focusLost()) document.querySelector('.composer textarea')?.focus(); };
  }, []);
  const list = [...threadsOf(buffer).byRoot.values()].filter(({ count }) => count > 0)
    .map((thread) => ({ ...thread, unread: unreadReplies(client, thread) }))
    .sort((one, other) => Number(other.unread > 0) - Number(one.unread > 0) || other.last - one.last);
  return html`<aside class="side-panel thread" aria-label=${`Threads of ${buffer.name}`}>
    <div class="panel-head" ref=${close}><h2>Threads</h2>
      <${IconButton} icon="close" label="Close threads" onClick=${() => page.closeThread()} /></div>
    <div class="thread-rows">
      ${list.length === 0 && html`<p class="hint">There are no replies in the messages that are loaded.</p>`}
      <ol class="results">${list.map(({ root, first, count, last, unread }) => html`<li key=${root}>
        <button type="button" class=${classes(unread > 0 && 'unread')} onClick=${() => page.openThread(buffer.name, root)}>
          <span class="result-head">${first && html`<b data-colour=${colourOf(first.nick)}>${first.nick}</b><${Mark} ...${first} /> `}<span>${replies(count)}</span>
            <time datetime=${new Date(last).toISOString()}>${shortTime(last)}</time>
            ${unread > 0 && html`<span class="badge mention">${unread}<span class="visually-hidden"> unread</span></span>`}</span>
          <span class="result-text" dir="auto">${titleOf(client, first)}</span></button></li>`)}</ol>
    </div>
  </aside>`;
}

function titleOf(client, first) {
  if (first === null) return 'An earlier message';
  if (client.isIgnored(first)) return 'Message of a person whom you ignore';
  return first.removed ? 'Message removed' : truncate(displayText(first.text).replace(/\s+/g, ' '), 160);
}
