/** Subscriptions to push: what the server sends to this browser while the page is closed. Spec: soju.im/webpush. */

import { formatTags } from './line.js';
import { request } from './queries.js';

/** @typedef {import('./session.js').Session} Session */

/** The capability of servers that push. */
export const WEBPUSH = 'soju.im/webpush';

/**
 * The server's public key; '' where it does not push.
 * @param {{caps: Set<string>, isupport: Map<string, string>}} chat
 */
export function pushKeyIn({ caps, isupport }) {
  return caps.has(WEBPUSH) ? isupport.get('VAPID') ?? '' : '';
}

/**
 * Ask the server to push to this subscription.
 * @param {Session} session
 * @param {{endpoint: string, keys: {p256dh: string, auth: string}}} subscription as PushSubscription.toJSON() gives it
 */
export async function registerPush(session, { endpoint, keys: { p256dh, auth } }) {
  await request(session, 'WEBPUSH', ['REGISTER', endpoint, formatTags({ p256dh, auth })]);
}

/** @param {Session} session */
export async function unregisterPush(session, endpoint) {
  await request(session, 'WEBPUSH', ['UNREGISTER', endpoint]);
}

/** A key as the browser wants it. Spec: RFC 4648 section 5. @returns {Uint8Array} */
export function keyBytes(text) {
  const padded = text.replace(/-/g, '+').replace(/_/g, '/').padEnd(Math.ceil(text.length / 4) * 4, '=');
  return Uint8Array.from(atob(padded), (character) => character.charCodeAt(0));
}
