/** How the server is: warnings first, then its figures. */

import { sizeText } from './file-size.js';
import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { stripFormatting } from './message-text.js';
import { shortTime } from './time-format.js';

/** ms after which the figures are asked for again. */
const AGAIN = 60_000;

export function Status({ online, count }) {
  const { client, page } = useApp();
  const [status, setStatus] = useState(null);
  const [asked, setAsked] = useState(0);
  const { busy, error, run } = useAsync();
  const look = () => run(async () => {
    setStatus(await client.administration.status());
    setAsked(Date.now());
  });
  useEffect(() => {
    look();
    const timer = setInterval(look, AGAIN);
    return () => clearInterval(timer);
  }, [online, count]);
  const { waiting = 0, reports = 0 } = client.state.administration ?? {};
  return html`
    ${status === null && busy && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${status && html`
      <section class="setting" aria-label="Warnings"><h3>Warnings</h3>
        ${status.warnings.length === 0 && html`<p class="good">Nothing to warn about.</p>`}
        <ul class="warnings">${status.warnings.map(({ key, text }) => html`<li key=${key} class="warning">${stripFormatting(text)}</li>`)}</ul>
      </section>
      ${(waiting > 0 || reports > 0) && html`<section class="setting"><h3>Waiting for you</h3><p class="buttons">
        ${waiting > 0 && html`<button type="button" onClick=${() => page.administer('waiting')}>${waiting} ${waiting === 1 ? 'account' : 'accounts'} to approve</button>`}
        ${reports > 0 && html`<button type="button" onClick=${() => page.administer('reports')}>${reports} reported ${reports === 1 ? 'message' : 'messages'}</button>`}</p></section>`}
      <section class="setting"><h3>Figures</h3><dl class="figures">${figures(status).map(([name, value]) => html`<div key=${name}>
        <dt>${name}</dt><dd dir="auto">${value}</dd></div>`)}</dl></section>`}
    <p class="buttons"><button type="button" disabled=${busy} onClick=${look}>${status === null ? 'Try again' : 'Refresh'}</button>
      ${asked > 0 && html`<span class="hint" role="status">As of ${shortTime(asked)}</span>`}</p>`;
}

/** Names and values to show, without those that the server did not give. */
export function figures({ name, version, started, uptime, connections, people, rooms, database, bytes, free, backup }) {
  return [
    ['Server', name], ['Version', version], ['Connections', connections], ['People online', people], ['Rooms', rooms],
    ['Running for', uptime === undefined ? undefined : longTime(uptime)], ['Started', started && shortTime(started)],
    ['Database', database?.startsWith('/') ? database.split('/').pop() : database], ['Size of the database', bytes && sizeText(bytes)], ['Free on the disk', free && sizeText(free)],
    ['Last backup', backup && shortTime(backup)],
  ].filter(([, value]) => value !== undefined && value !== '');
}

/** Seconds in the two largest units: `3 days, 4 hours`. */
export function longTime(seconds) {
  const units = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];
  let left = seconds;
  const parts = [];
  for (const [name, length] of units) {
    const whole = Math.floor(left / length);
    left -= whole * length;
    if (whole > 0 || (parts.length === 0 && length === 1)) parts.push(`${whole} ${name}${whole === 1 ? '' : 's'}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(', ');
}
