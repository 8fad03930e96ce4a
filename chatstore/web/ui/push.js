/**
 * Push to this browser: what the server sends while the page is closed. It needs the person's permission for
 * notifications, and is asked for by a click only. `client.state.features.push` is the server's key.
 */

import { keyBytes } from '../irc/push.js';
import { read, write } from './storage.js';

/** Whether browser and server can do it. */
export function canPush(client) {
  return Boolean(client.state.features.push) && 'serviceWorker' in navigator && 'PushManager' in globalThis;
}

/** Whether the person wants it in this browser. */
export function pushing() {
  return read('push') === 'on';
}

/** Turn it on or off. @throws where the browser or the server refuses */
export async function setPushing(client, on) {
  if (on) await subscribe(client);
  else await endPush(client);
  write('push', on ? 'on' : '');
}

/** After each login: the server may have forgotten us, or have another key now. */
export async function renewPush(client) {
  if (pushing() && canPush(client) && Notification.permission === 'granted') await subscribe(client);
}

/** End it: on the server if it can be reached, and in the browser. */
export async function endPush(client) {
  const registration = await navigator.serviceWorker?.getRegistration?.();
  const subscription = await registration?.pushManager?.getSubscription();
  write('push', '');
  if (!subscription) return;
  if (client.state.connection.status === 'online') await client.unregisterPush(subscription.endpoint).catch(() => {});
  await subscription.unsubscribe();
}

async function subscribe(client) {
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = keyBytes(client.state.features.push);
  let subscription = await pushManager.getSubscription();
  if (subscription && !same(new Uint8Array(subscription.options.applicationServerKey ?? []), key)) {
    await subscription.unsubscribe(); // the server has another key now
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await client.registerPush(subscription.toJSON());
}

function same(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
