/**
 * The person's own account: password, signed-in devices, invitations, notifications. Every function takes the session
 * first.
 */

import { attributesIn, attributesOf } from './attributes.js';
import { ChatError } from './errors.js';
import { ACCOUNTS, base64 } from './login.js';
import { PINNED } from './profiles.js';
import { request, service, throwIfRefused } from './queries.js';
import { formatTime, parseTime } from './times.js';

/** @typedef {import('./session.js').Session} Session */

/**
 * List the devices that are signed in: [{id, created, used, state, label, own, scopes, rooms}]. Times are in ms;
 * `used` is 0 for never; `state` is 'current', 'online' or 'offline'; `own` marks this browser. `scopes`: what the
 * token allows, '' for everything; `rooms`: where, '' for everywhere.
 * @param {Session} session
 */
export async function tokens(session) {
  const lines = (await request(session, 'TOKEN', ['LIST'])).filter(({ command }) => command === 'TOKEN');
  const limits = new Map(lines.filter(({ params }) => params[0] === 'SCOPES')
    .map(({ params: [, id, words] }) => [id, attributesIn(words)]));
  const limited = (id) => {
    const { scopes = '', rooms = '*' } = limits.get(id) ?? {};
    return { scopes, rooms: rooms === '*' ? '' : rooms };
  };
  return lines
    .filter(({ params }) => params[0] === 'LIST' && params[1] !== '*')
    .map(({ params: [, id, created, used, state, label = ''] }) => ({
      id, created: parseTime(created), used: parseTime(used), state, label, own: id === session.tokenId, ...limited(id),
    }));
}

/**
 * Make a token for a program. Returns its text, which is shown once.
 * @param {Session} session
 * @param {{password: string, label: string, scopes: string, rooms: string[]}} wanted `scopes`: '' for everything
 */
export async function makeToken(session, { password, label, scopes, rooms }) {
  const words = attributesOf({ scopes, rooms: rooms.join(',') });
  const command = ['TOKEN', 'ADD', ...(words === '*' ? [] : [words]), label];
  return (await session.withPassword(password, command)).params[2];
}

/** Sign a device out. @param {Session} session */
export async function removeToken(session, id) {
  await request(session, 'TOKEN', ['REMOVE', id]);
}

/**
 * Change the password. This signs out every other device; this one gets a new token and stays signed in. On a server
 * without our PASSWORD command, NickServ changes it: its words cannot contain spaces.
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
  if (/\s/.test(old + fresh)) throw new ChatError('BAD_PASSWORD', 'On this server passwords cannot contain spaces.');
  const said = await service(session, 'NickServ', `SET PASSWORD ${old} ${fresh}`);
  if (!said.some((text) => /password is changed/i.test(text))) {
    throw new ChatError('REFUSED', said.join(' ') || 'The server did not change the password.');
  }
}

const DIRECT_PREVIEWS = 'chatstore/direct-previews';

/** Whether the server looks at links in direct messages for us. Spec: chatstore/previews. @param {Session} session */
export async function directPreviews(session) {
  try {
    const lines = await request(session, 'METADATA', ['*', 'GET', DIRECT_PREVIEWS]);
    return lines.some(({ command, params }) => command === '761' && params[params.length - 1] === 'on');
  } catch {
    return false; // not set
  }
}

/** @param {Session} session */
export async function setDirectPreviews(session, on) {
  await request(session, 'METADATA', ['*', 'SET', DIRECT_PREVIEWS, ...(on ? ['on'] : [])]);
}

/**
 * Set how one wants to be shown: a value of one's own metadata; '' removes it.
 * @param {Session} session
 */
export async function setProfile(session, key, value) {
  try {
    await request(session, 'METADATA', ['*', 'SET', key, ...(value ? [value] : [])]);
  } catch (error) {
    if (/RATE_LIMITED/.test(error.code)) error.message = 'You changed that too often. Try again in a minute.';
    if (error.code !== 'KEY_NOT_SET') throw error;
  }
  session.act(() => session.chat.profiles.set(session.chat.nick, key, value));
}

/** Make a conversation a favourite on all devices of the account, or end that. @param {Session} session */
export async function setFavourite(session, name, yes) {
  try {
    await request(session, 'METADATA', [name, 'SET', PINNED, yes ? '1' : '0']);
  } catch (error) {
    throw error.code === 'INVALID_TARGET' ? new ChatError('NOTHING_SAID', 'Nothing was said there yet.') : error;
  }
  session.act(() => session.chat.setFavourite(name, yes));
}

/** Ask whether the person may create invitations. Creates none. @param {Session} session */
export async function mayInvite(session) {
  if (!(ACCOUNTS in session.chat.offered)) return false;
  try {
    const lines = await request(session, 'INVITATION', ['ALLOWED']);
    return lines.some(({ command, params }) => command === 'INVITATION' && params[0] === 'ALLOWED');
  } catch {
    return false; // refused or offline: the dialog asks again each time it opens
  }
}

/** Create a link with which one person can register. @param {Session} session */
export async function createInvitation(session, name = '') {
  const lines = await request(session, 'INVITATION', name ? ['CREATE', name] : ['CREATE']);
  const found = lines.find(({ command, params }) => command === 'INVITATION' && params[0] === 'CREATE');
  if (found === undefined) throw new ChatError('NO_INVITATION', 'The server sent no invitation.');
  const [, code, , , link = ''] = found.params;
  return link || code;
}

/**
 * Set what one conversation tells of. `level`: 'default' for that of all; `until` in ms, 0 to hear it again.
 * @param {Session} session
 * @param {{level?: string, until?: number}} wanted
 */
export async function setNotify(session, name, { level, until }) {
  const words = [level && `level=${level}`, until !== undefined && `muted-until=${until ? formatTime(until) : ''}`];
  throwIfRefused(await session.ask('NOTIFY', ['SET', name, words.filter(Boolean).join(';')]));
}

/** Set some of what counts for all conversations. @param {Partial<import('./notify.js').ForAll>} wanted */
export async function setNotifyAll(session, { quiet, keywords, ...wanted }) {
  const words = attributesOf({ ...wanted, keywords: keywords?.join(','), quiet });
  // An empty value takes away; attributesOf() leaves empty ones out.
  const emptied = [keywords?.length === 0 && 'keywords=', quiet === '' && 'quiet='].filter(Boolean);
  const all = [words === '*' ? '' : words, ...emptied].filter(Boolean).join(';');
  throwIfRefused(await session.ask('NOTIFY', ['SET', '*', all]));
}

/** Ignore a person, or no more. @param {Session} session */
export async function setIgnored(session, nick, on) {
  throwIfRefused(await session.ask('IGNORE', [on ? 'ADD' : 'REMOVE', nick]));
}

/** Choose from whom to take direct messages. @param {Session} session */
export async function setDirectFrom(session, whom) {
  throwIfRefused(await session.ask('IGNORE', ['DIRECT', whom]));
}
