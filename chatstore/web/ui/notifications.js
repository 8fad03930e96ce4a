/**
 * System notifications of mentions and direct messages that are not visible. They go through the service worker where
 * there is one: Chrome on Android needs that, and a click then works after the page was closed. Errors of the browser
 * are only logged.
 */

import { fold, isRoom } from '../irc/names.js';
import { displayText, truncate } from './message-text.js';
import { read, write } from './storage.js';

/** 'on', 'off', 'denied' (blocked by the browser) or 'none' (not supported). */
export function notifying() {
  if (typeof Notification === 'undefined') return 'none';
  if (Notification.permission === 'denied') return 'denied';
  return read('notify') === 'on' && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Turn notifications on or off. Call it from a click: only then does the browser ask for permission. */
export async function setNotifying(on) {
  if (typeof Notification === 'undefined') return 'none';
  if (on && Notification.permission === 'default') await Notification.requestPermission();
  write('notify', on && Notification.permission === 'granted' ? 'on' : '');
  return notifying();
}

export class Notifier {
  constructor(client, page) {
    this.client = client;
    this.page = page;
    client.onMessage((said) => this.#tell(said));
    navigator.serviceWorker?.addEventListener?.('message', ({ data }) => {
      if (typeof data?.open === 'string') this.page.open(data.open);
    });
  }

  #seen(target) {
    return !this.page.section && fold(this.page.current) === fold(target) && document.visibilityState === 'visible' && document.hasFocus();
  }

  #tell({ target, entry }) {
    const direct = !isRoom(target) && entry.kind !== 'notice';
    if (notifying() !== 'on' || this.#seen(target) || !(entry.mention || direct)) return;
    const title = direct ? entry.nick : `${entry.nick} in ${target}`;
    notify(title, truncate(displayText(entry.text), LONGEST), target, () => this.page.open(target));
  }
}

/** Graphemes of a message to show. */
const LONGEST = 200;

/** @param {string} target the buffer that a click opens */
async function notify(title, body, target, open) {
  const options = { body, tag: fold(target), icon: 'icons/icon-192.png', data: { open: target } };
  try {
    const registration = await navigator.serviceWorker?.getRegistration?.();
    if (registration?.active) {
      await registration.showNotification(title, options);
      return;
    }
    const note = new Notification(title, options);
    note.onclick = () => {
      globalThis.focus();
      open();
      note.close();
    };
  } catch (error) {
    console.info('This browser shows no notification:', error); // the mention is on the page all the same
  }
}
