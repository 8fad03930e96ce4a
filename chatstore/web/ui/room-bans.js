/** Who is kept out of a room. */

import { useAsking } from './asking.js';
import { shortTime } from './clock.js';
import { useHere } from './here.js';
import { html, useEffect, useState } from './html.js';

export function RoomBans({ name }) {
  const { client } = useHere();
  const [bans, setBans] = useState(null);
  const [who, setWho] = useState('');
  const { busy, trouble, ask } = useAsking();
  const look = async () => setBans(await client.bans(name));
  useEffect(() => {
    ask(look);
  }, []);
  const add = (event) => {
    event.preventDefault();
    ask(async () => {
      await client.ban(name, who.trim());
      setWho('');
      await look();
    });
  };
  return html`<section class="setting"><h3>Bans</h3>
    ${bans?.length === 0 && html`<p class="hint">Nobody is kept out.</p>`}
    <ul class="devices">${(bans ?? []).map(({ mask, by, time }) => html`<li key=${mask}>
      <span class="device-name" dir="auto"><code>${mask}</code></span>
      <span class="hint">by ${by}${time > 0 && `, ${shortTime(time)}`}</span>
      <button type="button" disabled=${busy} aria-label=${`Let ${mask} in again`} onClick=${() => ask(async () => { await client.unban(name, mask); await look(); })}>Let in</button>
    </li>`)}</ul>
    <form class="in-line" onSubmit=${add}>
      <label>Keep out <input name="ban" value=${who} placeholder="name, or a mask like *!*@host" autocapitalize="none" spellcheck=${false}
        autocomplete="off" onInput=${(event) => setWho(event.currentTarget.value)} /></label>
      <button type="submit" disabled=${busy || !who.trim()}>Ban</button></form>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
  </section>`;
}
