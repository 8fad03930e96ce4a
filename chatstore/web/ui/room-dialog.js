/** The dialog of a room: topic, invite, settings, bans, leave. */

import { fold } from '../irc/names.js';
import { Dialog } from './dialog.js';
import { isFavourite, setFavourite } from './favourites.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { Lazy } from './lazy.js';
import { isOperator } from './person.js';
import { RoomSettings } from './room-settings.js';
import { shortTime } from './time-format.js';

const webhooks = () => import('./room-webhooks.js').then(({ RoomWebhooks }) => RoomWebhooks);

export function RoomDialog({ name, close }) {
  const { client, page } = useApp();
  const room = client.state.buffers.find((one) => fold(one.name) === fold(name));
  const { busy, error, run } = useAsync();
  const [topic, setTopic] = useState(room?.topic ?? '');
  const [invited, setInvited] = useState('');
  const [told, setTold] = useState('');
  const [modes, setModes] = useState(null);
  useEffect(() => {
    client.modes(name).then(setModes, () => setModes({ flags: '', key: '', limit: 0 }));
  }, []);
  if (!room) return null;
  const operator = isOperator(room.myPrefix);
  const mayTopic = operator || (modes !== null && !modes.flags.includes('t'));
  const save = (event) => {
    event.preventDefault();
    setTold('');
    run(async () => {
      await client.setTopic(name, topic.trim());
      setTold('Topic changed.');
    });
  };
  const invite = (event) => {
    event.preventDefault();
    setTold('');
    run(async () => {
      await client.invite(invited.trim(), name);
      setTold(`Invited ${invited.trim()}.`);
      setInvited('');
    });
  };
  const leave = async () => {
    if (await run(() => client.part(name))) {
      close();
      page.closeBuffer();
    }
  };
  const { features } = client.state;
  const favourite = isFavourite({ client, page }, name);
  return html`<${Dialog} title=${name} onClose=${close} wide>
    <div class="only-narrow"><p class="buttons">
      <button type="button" onClick=${() => setFavourite({ client, page }, name, !favourite)}>${favourite ? 'Remove from favourites' : 'Add to favourites'}</button>
      ${features.notify && html`<button type="button" onClick=${() => page.showDialog('notify', { name })}>Notifications</button>`}
      ${features.pins && html`<button type="button" onClick=${() => page.showDialog('pins', { name })}>Pinned messages</button>`}</p></div>
    <form class="setting" onSubmit=${save}>
      <label>Topic <textarea rows="2" name="topic" value=${topic} readonly=${!mayTopic} maxlength=${client.state.features.topicLength}
        onInput=${(event) => setTopic(event.currentTarget.value.replace(/\n/g, ' '))}></textarea></label>
      ${mayTopic && html`<p class="buttons"><button type="submit" disabled=${busy || topic.trim() === room.topic}>Change topic</button></p>`}
    </form>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${told && html`<p class="good" role="status">${told}</p>`}
    <form class="setting in-line" onSubmit=${invite}>
      <label>Invite somebody <input name="invited" value=${invited} autocapitalize="none" spellcheck=${false} autocomplete="off"
        onInput=${(event) => setInvited(event.currentTarget.value)} /></label>
      <button type="submit" disabled=${busy || !invited.trim()}>Invite</button>
    </form>
    ${modes && html`<${RoomSettings} room=${room} modes=${modes} onModes=${setModes} />`}
    ${operator && html`<${RoomBans} name=${name} />`}
    ${operator && html`<${Lazy} load=${webhooks} onFailed=${() => {}} name=${name} />`}
    <section class="setting"><h3>Leave</h3>
      <p class="buttons"><button type="button" class="danger" disabled=${busy} onClick=${leave}>Leave ${name}</button></p></section>
  <//>`;
}

function RoomBans({ name }) {
  const { client } = useApp();
  const [bans, setBans] = useState(null);
  const [who, setWho] = useState('');
  const { busy, error, run } = useAsync();
  const look = async () => setBans(await client.bans(name));
  useEffect(() => {
    run(look);
  }, []);
  const add = (event) => {
    event.preventDefault();
    run(async () => {
      await client.ban(name, who.trim());
      setWho('');
      await look();
    });
  };
  return html`<section class="setting"><h3>Bans</h3>
    ${bans?.length === 0 && html`<p class="hint">No one is banned.</p>`}
    <ul class="devices">${(bans ?? []).map(({ mask, by, time }) => html`<li key=${mask}>
      <span class="device-name" dir="auto"><code>${mask}</code></span>
      <span class="hint">by ${by}${time > 0 && `, ${shortTime(time)}`}</span>
      <button type="button" disabled=${busy} aria-label=${`Remove the ban on ${mask}`} onClick=${() => run(async () => { await client.unban(name, mask); await look(); })}>Remove ban</button>
    </li>`)}</ul>
    <form class="in-line" onSubmit=${add}>
      <label>Nick or mask <input name="ban" value=${who} placeholder="bob, or a mask like *!*@host" autocapitalize="none" spellcheck=${false}
        autocomplete="off" onInput=${(event) => setWho(event.currentTarget.value)} /></label>
      <button type="submit" disabled=${busy || !who.trim()}>Ban</button></form>
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </section>`;
}
