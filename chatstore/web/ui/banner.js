/** The banner about the connection, and notices of the page. */

import { useApp } from './hooks.js';
import { html, useEffect, useState } from './html.js';
import { IconButton } from './icons.js';

export function Banner() {
  const { client } = useApp();
  const { status, why, retryIn } = client.state.connection;
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (status !== 'retrying') return undefined;
    const until = Date.now() + retryIn * 1000;
    const count = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    count();
    const timer = setInterval(count, 1000);
    return () => clearInterval(timer);
  }, [status, retryIn]);
  if (status === 'online') return null;
  const text = {
    connecting: 'Connecting…',
    offline: 'You are offline. You can still read loaded messages. What you write is sent when you are back online.',
    retrying: `Not connected${why ? `: ${why}` : ''}. ${left > 0 ? `Reconnecting in ${left} s.` : 'Reconnecting…'}`,
    refused: why || 'The server refused the connection.',
  }[status] ?? why;
  return html`<div class=${`banner ${status}`} role="status">
    <span>${text}</span>
    ${(status === 'retrying' || status === 'offline' || status === 'refused') && html`<button type="button"
      onClick=${() => client.retryNow()}>Reconnect now</button>`}
  </div>`;
}

export function Notice() {
  const { page } = useApp();
  if (!page.notice) return null;
  return html`<div class="notice-box" role="alert"><span>${page.notice}</span>
    <${IconButton} icon="close" label="Close" onClick=${() => page.showNotice('')} /></div>`;
}

/** Offers to reload when the server has a new version of the page. */
export function UpdateNotice() {
  const { page } = useApp();
  if (!page.updateAvailable) return null;
  return html`<div class="notice-box newer" role="status"><span>A new version of this page is available.</span>
    <button type="button" onClick=${() => location.reload()}>Reload</button>
    <${IconButton} icon="close" label="Later" onClick=${() => page.set({ updateAvailable: false })} /></div>`;
}
