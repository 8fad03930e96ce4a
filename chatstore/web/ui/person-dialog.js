/** The dialog about a person; for operators, with their actions in the room. */

import { fold } from '../irc/names.js';
import { useApp, useAsync } from './hooks.js';
import { stripFormatting } from './message-text.js';
import { shortTime } from './time-format.js';
import { Dialog } from './dialog.js';
import { IgnoreButton } from './ignored.js';
import { html, useEffect, useState } from './html.js';
import { elsewhereText, isElsewhere } from './mark.js';
import { ROLES, Avatar, isOperator, shownName } from './person.js';

export function PersonDialog({ nick, name = '', close }) {
  const { client, page } = useApp();
  const elsewhere = isElsewhere(nick);
  const [about, setAbout] = useState(null);
  const [unknown, setUnknown] = useState('');
  useEffect(() => {
    if (elsewhere) return;
    client.askProfile(nick);
    client.whois(nick).then(setAbout, (error) => setUnknown(error.code === '401' ? 'Offline' : error.message));
  }, []);
  const called = shownName(client.profile(nick).name);
  const room = client.state.buffers.find((one) => one.room && fold(one.name) === fold(name));
  const member = room && [...room.members.values()].find((one) => fold(one.nick) === fold(nick));
  const mine = fold(nick) === fold(client.state.nick);
  const write = async () => {
    await client.openDirect(nick);
    close();
    page.open(nick);
  };
  // Of somebody who is offline, the nick is all that is known; it is mostly the account's name.
  const account = about ? about.account : unknown && nick;
  const role = member?.prefix ? ROLES[member.prefix[0]] ?? 'member' : 'member';
  return html`<${Dialog} title=${nick} onClose=${close}>
    <div class="person">
      <${Avatar} nick=${nick} alt=${`Picture of ${nick}`} />
      <dl>
        ${called && html`<div><dt>Display name</dt><dd><bdi>${called}</bdi></dd></div>`}
        ${about?.realname && about.realname !== nick && html`<div><dt>Name</dt><dd dir="auto">${stripFormatting(about.realname)}</dd></div>`}
        ${about && html`<div><dt>Account</dt><dd>${about.account || 'None (guest)'}${about.bot ? ' (bot)' : ''}</dd></div>`}
        ${about?.operator && html`<div><dt>Role</dt><dd>Server operator</dd></div>`}
        ${about?.away && html`<div><dt>Away</dt><dd dir="auto">${stripFormatting(about.away)}</dd></div>`}
        ${about?.since > 0 && html`<div><dt>Online since</dt><dd>${shortTime(about.since)}</dd></div>`}
        ${member && html`<div><dt>In ${room.name}</dt><dd>${role}</dd></div>`}
        ${unknown && html`<div><dt>Status</dt><dd>${unknown}</dd></div>`}
        ${elsewhere && html`<div><dt>Status</dt><dd>${elsewhereText(nick)}</dd></div>`}
      </dl>
    </div>
    ${!mine && !elsewhere && html`<p class="buttons"><button type="button" class="main-button" data-first onClick=${write}>Send a direct message</button></p>`}
    ${client.state.features.ignore && client.state.account && !mine && !elsewhere && html`<${IgnoreButton} nick=${nick} account=${about?.account ?? ''} />`}
    ${client.state.administration && !mine && account && html`<p class="buttons"><button type="button"
      onClick=${() => page.showDialog('account-admin', { name: account })}>Administer this account…</button></p>`}
    ${member && !mine && isOperator(room.myPrefix) && html`<${OperatorActions} room=${room} member=${member} close=${close} />`}
  <//>`;
}

/** An operator's actions on a member. */
function OperatorActions({ room, member, close }) {
  const { client } = useApp();
  const { busy, error, run } = useAsync();
  const [reason, setReason] = useState('');
  const [sure, setSure] = useState('');
  const { nick, prefix } = member;
  const isOperator = prefix.includes('@');
  const hasVoice = prefix.includes('+');
  const remove = async (ban) => {
    const done = await run(async () => {
      if (ban) await client.ban(room.name, nick);
      await client.kick(room.name, nick, reason.trim());
    });
    if (done) close();
  };
  return html`<section class="powers">
    <h3>In ${room.name}</h3>
    <p class="buttons">
      <button type="button" disabled=${busy} onClick=${() => run(() => client.op(room.name, nick, !isOperator))}>
        ${isOperator ? 'Remove operator' : 'Make operator'}</button>
      <button type="button" disabled=${busy} onClick=${() => run(() => client.voice(room.name, nick, !hasVoice))}>
        ${hasVoice ? 'Remove voice' : 'Give voice'}</button>
      <button type="button" class="danger" disabled=${busy} onClick=${() => setSure('kick')}>Kick…</button>
      <button type="button" class="danger" disabled=${busy} onClick=${() => setSure('ban')}>Ban…</button>
    </p>
    ${sure && html`<form onSubmit=${(event) => { event.preventDefault(); remove(sure === 'ban'); }}>
      <label>${sure === 'ban' ? `Kick ${nick} and ban them from ${room.name}.` : `Kick ${nick}. They can join again.`} Reason (optional)
        <input name="reason" value=${reason} onInput=${(event) => setReason(event.currentTarget.value)} /></label>
      <p class="buttons"><button type="submit" class="danger" disabled=${busy}>${sure === 'ban' ? 'Ban' : 'Kick'} ${nick}</button>
        <button type="button" onClick=${() => setSure('')}>Cancel</button></p></form>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </section>`;
}
