/** One's own account: its password, the devices that are signed in, invitations. Functions of (session, …). */

import { ChatError } from './errors.js';
import { ACCOUNTS, base64 } from './login.js';
import { request, service } from './queries.js';
import { parseTime } from './times.js';

/** @typedef {import('./session.js').Session} Session */

/**
 * The devices that are signed in: [{id, created, used, state, label, own}], times in ms; `used` 0 for never; `state`
 * 'current', 'online' or 'offline'; `own`: the one of this browser.
 * @param {Session} session
 */
export async function tokens(session) {
  const lines = await request(session, 'TOKEN', ['LIST']);
  return lines
    .filter(({ command, params }) => command === 'TOKEN' && params[0] === 'LIST' && params[1] !== '*')
    .map(({ params: [, id, created, used, state, label = ''] }) => ({
      id, created: parseTime(created), used: parseTime(used), state, label, own: id === session.tokenId,
    }));
}

/** A device is signed out. @param {Session} session */
export async function removeToken(session, id) {
  await request(session, 'TOKEN', ['REMOVE', id]);
}

/**
 * Another password. It signs out every other device; this one gets another token, and stays. A server without our own
 * command has a NickServ, whose words can't have spaces.
 * @param {Session} session
 */
export async function setPassword(session, old, fresh) {
  let renewed = null;
  if (ACCOUNTS in session.chat.offered) {
    const lines = await request(session, 'PASSWORD', [base64(`${old}\0${fresh}`)]);
    const answer = lines.find(({ command, params }) => command === 'PASSWORD' && params[0] === 'SUCCESS');
    const [, id, token] = answer?.params ?? [];
    if (id && token) renewed = { id, token };
  } else await askNickServ(session, old, fresh);
  session.passwordChanged(fresh, renewed);
}

async function askNickServ(session, old, fresh) {
  if (/\s/.test(old + fresh)) throw new ChatError('BAD_PASSWORD', 'a password that is changed here has no spaces');
  const said = await service(session, 'NickServ', `SET PASSWORD ${old} ${fresh}`);
  if (!said.some((text) => /password is changed/i.test(text))) {
    throw new ChatError('REFUSED', said.join(' ') || 'the server did not change the password');
  }
}

/** Whether one may make invitations; nothing is made. @param {Session} session */
export async function mayInvite(session) {
  if (!(ACCOUNTS in session.chat.offered)) return false;
  try {
    const lines = await request(session, 'INVITATION', ['ALLOWED']);
    return lines.some(({ command, params }) => command === 'INVITATION' && params[0] === 'ALLOWED');
  } catch {
    return false; // refused, or not known now: the dialog asks anew each time it opens
  }
}

/** A link that lets somebody make an account. @param {Session} session */
export async function createInvitation(session, name = '') {
  const lines = await request(session, 'INVITATION', name ? ['CREATE', name] : ['CREATE']);
  const found = lines.find(({ command, params }) => command === 'INVITATION' && params[0] === 'CREATE');
  if (found === undefined) throw new ChatError('NO_INVITATION', 'the server gave no invitation');
  const [, code, , , link = ''] = found.params;
  return link || code;
}
