/** The system's notifications: of mentions and direct messages, while nobody looks at them here. */

import { fold, isRoom } from '../irc/names.js';
import { plain } from './body.js';
import { read, write } from './settings.js';

/** 'on', 'off', 'denied' (by the browser) or 'none' (the browser has none). */
export function notifying() {
  if (typeof Notification === 'undefined') return 'none';
  if (Notification.permission === 'denied') return 'denied';
  return read('notify') === 'on' && Notification.permission === 'granted' ? 'on' : 'off';
}

/** Turn them on or off; the browser asks its question only because of the click that leads here. */
export async function setNotifying(on) {
  if (on && Notification.permission === 'default') await Notification.requestPermission();
  write('notify', on && Notification.permission === 'granted' ? 'on' : '');
  return notifying();
}

export class Notifier {
  constructor(client, page) {
    this.client = client;
    this.page = page;
    client.onSpeech((said) => this.#tell(said));
  }

  #seen(target) {
    return fold(this.page.here) === fold(target) && document.visibilityState === 'visible' && document.hasFocus();
  }

  #tell({ target, entry }) {
    const direct = !isRoom(target) && entry.kind !== 'notice';
    if (notifying() !== 'on' || this.#seen(target) || !(entry.mention || direct)) return;
    const title = direct ? entry.nick : `${entry.nick} in ${target}`;
    const note = new Notification(title, { body: plain(entry.text).slice(0, 200), tag: fold(target), icon: 'icons/icon-192.png' });
    note.onclick = () => {
      globalThis.focus();
      this.page.open(target);
      note.close();
    };
  }
}
