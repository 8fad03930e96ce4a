/** Who is in the room: those who may do something first, and who is away. */

import { fold } from '../irc/names.js';
import { useHere } from './here.js';
import { classes, html } from './html.js';
import { IconButton } from './icons.js';
import { Face, operates } from './person.js';

/** So many names are drawn; a room of thousands is searched instead. */
const MOST = 300;

export function Members({ conversation }) {
  const { page } = useHere();
  const everybody = [...conversation.members.values()].sort((one, other) => fold(one.nick).localeCompare(fold(other.nick)));
  const groups = [
    ['Operators', everybody.filter((one) => operates(one.prefix))],
    ['With a voice', everybody.filter((one) => !operates(one.prefix) && one.prefix)],
    ['Members', everybody.filter((one) => !one.prefix)],
  ].filter(([, list]) => list.length > 0);
  return html`<aside class="side-panel members" aria-label=${`Members of ${conversation.name}`}>
    <div class="panel-head"><h2>Members</h2>
      <${IconButton} icon="close" label="Close the members" onClick=${() => page.toggle('members')} /></div>
    ${groups.map(([title, list]) => html`<section key=${title}>
      <h3>${title} <span class="count">${list.length}</span></h3>
      <ul>${list.slice(0, MOST).map((one) => html`<li key=${one.nick}>
        <button type="button" class=${classes('member', one.away && 'away')}
          onClick=${() => page.show('person', { nick: one.nick, name: conversation.name })}>
          <${Face} nick=${one.nick} small /> <span class="side-name" dir="auto">${one.nick}</span>
          ${one.away && html`<span class="away-word">away</span>`}</button></li>`)}</ul>
      ${list.length > MOST && html`<p class="hint">and ${list.length - MOST} more</p>`}
    </section>`)}
  </aside>`;
}
