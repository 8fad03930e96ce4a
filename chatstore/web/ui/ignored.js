/** People whom one ignores: their hidden messages, the button in their dialog, and the list in the settings. */

import { DIRECT_FROM } from '../irc/ignore.js';
import { useApp, useAsync } from './hooks.js';
import { html, useState } from './html.js';

const NAMES = { everyone: 'Everyone', known: 'People I know', nobody: 'Nobody' };

/** The place of a message that is hidden, until one wants to see it. `only`: whether it is to be hidden. */
export function Hidden({ entry, only = true, children }) {
  const row = (words) => html`<div class="row ignored" data-key=${entry.key}><div class="gutter"></div>${words}</div>`;
  return html`<${HiddenWords} entry=${entry} only=${only} frame=${row}>${children}<//>`;
}

/** The same where messages are no rows. `frame` is put around the words. */
export function HiddenWords({ entry, only = true, frame = (words) => words, children }) {
  const [shown, setShown] = useState(false);
  if (shown || !only) return children;
  return frame(html`<p class="removed">Message of ${entry.nick}, whom you ignore.${' '}
    <button type="button" class="link" onClick=${() => setShown(true)}>Show once</button></p>`);
}

/** Ignore a person, or no more. */
export function IgnoreButton({ nick, account = '' }) {
  const { client } = useApp();
  const { busy, error, run } = useAsync();
  const on = client.isIgnored({ nick, account });
  return html`<p class="buttons"><button type="button" disabled=${busy} aria-pressed=${on ? 'true' : 'false'}
      onClick=${() => run(() => client.setIgnored(nick, !on))}>${on ? 'Ignore no more' : 'Ignore'}</button></p>
    <p class="hint">${on ? 'You ignore this person: their messages are hidden, and they can’t write to you.'
      : 'Ignoring hides their messages and blocks their direct messages. They are not told.'}</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}`;
}

/** Who may write to us, and whom we ignore. */
export function IgnoreSettings() {
  const { client } = useApp();
  const { busy, error, run } = useAsync();
  const { direct, people } = client.state.ignore;
  return html`<details class="setting"><summary><h3>Who may write to you</h3></summary>
    <label>Direct messages from <select name="direct-from" value=${direct} disabled=${busy}
      onChange=${(event) => run(() => client.setDirectFrom(event.currentTarget.value))}>
      ${DIRECT_FROM.map((whom) => html`<option key=${whom} value=${whom}>${NAMES[whom]}</option>`)}</select></label>
    <p class="hint">People you know share a room with you, or you have written to them. Operators of the server can always write.</p>
    ${people.length === 0 ? html`<p class="hint">You ignore nobody. To ignore somebody, choose their name.</p>`
      : html`<ul class="devices" aria-label="People you ignore">${people.map(({ nick }) => html`<li key=${nick}><span dir="auto">${nick}</span>
        <button type="button" disabled=${busy} aria-label=${`Ignore ${nick} no more`}
          onClick=${() => run(() => client.setIgnored(nick, false))}>Ignore no more</button></li>`)}</ul>`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </details>`;
}
