/** The members of a room: operators first, then members with voice, then all others. */

import { fold, matchesTyped } from '../irc/names.js';
import { useApp } from './hooks.js';
import { classes, html, useMemo, useState } from './html.js';
import { IconButton } from './icons.js';
import { Mark } from './mark.js';
import { Avatar, Called, isOperator, shownName } from './person.js';

/** Names drawn at first, and added with each step of scrolling. */
const STEP = 100;
/** Members above which the list has a filter. */
const MANY = 10;

export function MemberPanel({ buffer }) {
  const { client, page } = useApp();
  const [typed, setTyped] = useState('');
  const [most, setMost] = useState(STEP);
  const sorted = useMemo(() => [...buffer.members.values()].map((one) => [fold(one.nick), one])
    .sort(([one], [other]) => one.localeCompare(other)).map(([, one]) => one), [buffer]);
  const everybody = typed.trim() === '' ? sorted
    : sorted.filter(({ nick }) => [nick, shownName(client.profile(nick).name)]
      .some((name) => matchesTyped(name, typed.trim(), (whole, part) => whole.includes(part))));
  let left = most;
  const taken = (list) => {
    const shown = list.slice(0, Math.max(0, left));
    left -= shown.length;
    return shown;
  };
  const scrolled = ({ currentTarget: box }) => {
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 400 && most < everybody.length) setMost(most + STEP);
  };
  const groups = [
    ['Operators', everybody.filter((one) => isOperator(one.prefix))],
    ['Members with voice', everybody.filter((one) => !isOperator(one.prefix) && one.prefix)],
    ['Members', everybody.filter((one) => !one.prefix)],
  ].filter(([, list]) => list.length > 0);
  return html`<aside class="side-panel members" aria-label=${`Members of ${buffer.name}`} onScroll=${scrolled}>
    <div class="panel-head"><h2>Members</h2>
      <${IconButton} icon="close" label="Close members" onClick=${() => page.toggle('members')} /></div>
    ${sorted.length > MANY && html`<label class="member-filter"><span class="visually-hidden">Filter members</span>
      <input type="search" name="filter" placeholder="Filter" value=${typed} autocapitalize="none" spellcheck=${false}
        onInput=${(event) => { setTyped(event.currentTarget.value); setMost(STEP); }} /></label>`}
    ${everybody.length === 0 && typed && html`<p class="hint" role="status">No members match.</p>`}
    ${groups.map(([title, list]) => html`<section key=${title}>
      <h3>${title} <span class="count">${list.length}</span></h3>
      <ul>${taken(list).map((one) => html`<li key=${one.nick}>
        <button type="button" class=${classes('member', one.away && 'away')}
          onClick=${() => page.showDialog('person', { nick: one.nick, name: buffer.name })}>
          <${Avatar} nick=${one.nick} small />
          <span class="member-what"><span class="side-name" dir="auto">${one.nick}</span><${Called} nick=${one.nick} name=${client.profile(one.nick).name} /></span>
          <${Mark} bot=${one.bot} />
          ${one.away && html`<span class="away-word">away</span>`}</button></li>`)}</ul>
    </section>`)}
    ${everybody.length > most && html`<p class="buttons"><button type="button" onClick=${() => setMost(most + STEP)}>
      Show more (${everybody.length - most} left)</button></p>`}
  </aside>`;
}
