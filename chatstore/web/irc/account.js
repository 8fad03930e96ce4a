/** One's own account: its password, the devices that are signed in, invitations. Functions of (client, …). */

import { Refusal } from './answers.js';
import { service } from './questions.js';
import { parseTime } from './times.js';

/** @typedef {import('./client.js').Client} Client */

/** A token by which this device comes back without the password: {id, token}. @param {Client} client */
export async function makeToken(client, label) {
  const lines = await client.demand('TOKEN', ['ADD', label || 'a web browser']);
  const found = lines.find(({ command, params }) => command === 'TOKEN' && params[0] === 'ADD');
  if (found === undefined) throw new Refusal('NO_TOKEN', 'the server gave no token');
  return { id: found.params[1], token: found.params[2] };
}

/**
 * The devices that are signed in: [{id, created, used, state, label, own}], times in ms; `used` 0 for never; `state`
 * 'current', 'online' or 'offline'; `own`: the one of this browser.
 * @param {Client} client
 */
export async function tokens(client) {
  const lines = await client.demand('TOKEN', ['LIST']);
  return lines
    .filter(({ command, params }) => command === 'TOKEN' && params[0] === 'LIST' && params[1] !== '*')
    .map(({ params: [, id, created, used, state, label = ''] }) => ({
      id, created: parseTime(created), used: parseTime(used), state, label, own: id === client.tokenId,
    }));
}

/** A device is signed out. @param {Client} client */
export async function removeToken(client, id) {
  await client.demand('TOKEN', ['REMOVE', id]);
}

/**
 * Another password. It signs out every other device; this one stays.
 * @param {Client} client
 */
export async function setPassword(client, old, fresh) {
  if (/\s/.test(old + fresh)) throw new Refusal('BAD_PASSWORD', 'a password that is changed here has no spaces');
  const said = await service(client, 'NickServ', `SET PASSWORD ${old} ${fresh}`);
  if (!said.some((text) => /password is changed/i.test(text))) {
    throw new Refusal('REFUSED', said.join(' ') || 'the server did not change the password');
  }
  // A connection that was opened by the password has lost the token that it made.
  await client.keepSignedIn(fresh);
}

/** A link that lets somebody make an account. @param {Client} client */
export async function createInvitation(client, name = '') {
  const lines = await client.demand('INVITATION', name ? ['CREATE', name] : ['CREATE']);
  const found = lines.find(({ command, params }) => command === 'INVITATION' && params[0] === 'CREATE');
  if (found === undefined) throw new Refusal('NO_INVITATION', 'the server gave no invitation');
  const [, code, , , link = ''] = found.params;
  return link || code;
}
