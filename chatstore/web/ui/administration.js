/** The administration of the server, for administrators: fetched when it is first opened. */

import { useApp } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { Lazy } from './lazy.js';

const load = () => import('./admin-view.js').then(({ AdminView }) => AdminView);

export function Administration() {
  const { client, page } = useApp();
  const { administration, connection } = client.state;
  const online = connection.status === 'online';
  const [refused, setRefused] = useState('');
  const unknown = administration === null;
  useEffect(() => {
    if (!unknown) setRefused('');
    else if (online) client.administration.allowed().catch((error) => setRefused(error.message));
  }, [online, unknown]);
  if (!unknown || (!refused && !online)) return html`<${Lazy} load=${load} />`;
  return html`<section class="empty-state"><h1>Administration</h1>
    ${refused ? html`<p role="alert">Only administrators of this server can open this.</p>` : html`<p role="status">Loading…</p>`}
    <p class="buttons"><button type="button" onClick=${() => page.closeAdministration()}>Back to the chat</button></p></section>`;
}
