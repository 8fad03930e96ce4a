/**
 * The system's notifications: of mentions and direct messages, while nobody looks at them here. They go through the
 * service worker where there is one: Chrome on Android knows no other way, and a click then also finds a page that was
 * closed. Whatever the browser says to it, the page goes on.
 */

import { fold, isRoom } from '../irc/names.js';
import { truncate, displayText } from './message-text.js';
import { read, write } from './storage.js';

/** 'on', 'off', 'denied' (by the browser) or 'none' (the browser has none). */
export function notifying() {
  if (typeof Notification === 'undefined') return 'none';
  if (Notification.permission === 'denied') return 'denied';
  return read('notify') === 'on' && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Turn them on or off; the browser asks its question only because of the click that leads here. */
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
    return fold(this.page.current) === fold(target) && document.visibilityState === 'visible' && document.hasFocus();
  }

  #tell({ target, entry }) {
    const direct = !isRoom(target) && entry.kind !== 'notice';
    if (notifying() !== 'on' || this.#seen(target) || !(entry.mention || direct)) return;
    const title = direct ? entry.nick : `${entry.nick} in ${target}`;
    notify(title, truncate(displayText(entry.text), LONGEST), target, () => this.page.open(target));
  }
}

/** Graphemes of a text. */
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
    console.info('This browser shows no notification:', error); // the mention is in the page all the same
  }
}
