/**
 * System notifications of messages that are not visible: those that the person wants to be told of. The service worker shows them, those that the
 * server pushes as well: Chrome on Android needs that, a click works after the page was closed, and what both tell is shown
 * once. Without a worker the page shows them itself. Errors of the browser are only logged.
 */

import { filesIn } from '../irc/file-links.js';
import { fold, isRoom } from '../irc/names.js';
import { shownText } from './message.js';
import { truncate } from './message-text.js';
import { renewPush } from './push.js';
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
  /** The conversations with notifications, folded. */
  #told = new Set();
  #online = false;

  constructor(client, page) {
    this.client = client;
    this.page = page;
    client.onMessage((said) => this.#tell(said));
    client.subscribe(() => this.#follow());
    navigator.serviceWorker?.addEventListener?.('message', ({ data }) => {
      if (typeof data?.open === 'string') this.page.open(data.open);
    });
  }

  #seen(target) {
    return !this.page.section && fold(this.page.current) === fold(target) && document.visibilityState === 'visible' && document.hasFocus();
  }

  #tell({ target, entry }) {
    if (notifying() !== 'on' || this.#seen(target) || !this.client.rings({ target, entry })) return;
    const { words, files } = filesIn(entry.text, this.client.filePlaces);
    this.#told.add(fold(target));
    notify({ nick: entry.nick, target, text: truncate(shownText(words, files), LONGEST), msgid: entry.msgid }, () => this.page.open(target));
  }

  /** Take back what was read, here or elsewhere, and renew the subscription after each login. */
  #follow() {
    const { connection, buffers } = this.client.state;
    const online = connection.status === 'online';
    if (online && !this.#online) renewPush(this.client).catch((error) => console.info('Push was not renewed:', error));
    this.#online = online;
    if (this.#told.size === 0) return;
    for (const { key, unread } of buffers) {
      if (unread > 0 || !this.#told.delete(key)) continue;
      worker().then((active) => active?.postMessage({ read: key }), () => {});
    }
  }
}

/** Graphemes of a message to show. */
const LONGEST = 200;

async function worker() {
  return (await navigator.serviceWorker?.getRegistration?.())?.active;
}

/** @param {{nick: string, target: string, text: string, msgid: string}} said */
async function notify(said, open) {
  try {
    const active = await worker();
    if (active) {
      active.postMessage({ tell: said });
      return;
    }
    const { nick, target, text } = said;
    const note = new Notification(isRoom(target) ? `${nick} in ${target}` : nick, { body: text, tag: fold(target), icon: 'icons/icon-192.png' });
    note.onclick = () => {
      globalThis.focus();
      open();
      note.close();
    };
  } catch (error) {
    console.info('This browser shows no notification:', error); // the mention is on the page all the same
  }
}
