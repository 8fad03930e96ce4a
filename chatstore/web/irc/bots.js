/** One's own bots, the accounts of programs. Every function takes the session first. Spec: chatstore/accounts, BOT. */

import { attributesIn, attributesOf } from './attributes.js';
import { request } from './queries.js';

/** @typedef {import('./session.js').Session} Session */

/**
 * Times in ms, 0 for never. `online`: how many of its connections are open.
 * @typedef {{name: string, owner: string, created: number, seen: number, tokens: number, online: number}} Bot
 */

/**
 * One's own bots, or for administrators `all`; null where the server has none. The server's own have no `owner`.
 * @param {Session} session
 * @returns {Promise<Bot[] | null>}
 */
export async function bots(session, { all = false } = {}) {
  let lines;
  try {
    lines = await request(session, 'BOT', all ? ['LIST', 'all=1'] : ['LIST']);
  } catch (error) {
    if (error.code === '421') return null;
    throw error;
  }
  return lines.filter(({ command, params }) => command === 'BOT' && params[0] === 'LIST' && params[1] !== '*')
    .map(({ params: [, name, words] }) => {
      const { owner = '', created = 0, seen = 0, tokens = 0, online = 0 } = attributesIn(words);
      return { name, owner, created, seen: seen || 0, tokens: Number(tokens), online: Number(online) };
    });
}

/** Make a bot. @param {Session} session */
export async function addBot(session, name, password) {
  await session.withPassword(password, ['BOT', 'ADD', name]);
}

/**
 * Make a token for a bot. Returns its text, which is shown once.
 * @param {Session} session
 * @param {{password: string, label: string, scopes: string, rooms: string[]}} wanted
 */
export async function addBotToken(session, name, { password, label, scopes, rooms }) {
  const words = attributesOf({ scopes, rooms: rooms.join(',') });
  return (await session.withPassword(password, ['BOT', 'TOKEN', name, words, label])).params[3];
}

/** Remove all tokens of a bot: nothing is signed in as it any more. @param {Session} session */
export async function revokeBot(session, name) {
  await request(session, 'BOT', ['REVOKE', name]);
}

/** @param {Session} session */
export async function removeBot(session, name) {
  await request(session, 'BOT', ['REMOVE', name]);
}
