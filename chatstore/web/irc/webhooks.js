/** The webhooks of a room. Every function takes the session first. Spec: docs/webhooks.md, HOOK. */

import { attributesIn, attributesOf } from './attributes.js';
import { ChatError } from './errors.js';
import { request } from './queries.js';

/** @typedef {import('./session.js').Session} Session */

/** What an answer says where the server has no webhooks. */
const NONE = new Set(['421', 'DISABLED', 'HOOKS_OFF']);

/**
 * `direction`: 'in' or 'out'. `trigger`: 'all', 'word' or 'command', when an outgoing one sends a message. `stopped`:
 * it is on, but may not work now; `error`: why, or why it last failed. Times in ms, 0 for never.
 * @typedef {{id: string, name: string, direction: string, trigger: string, word: string, url: string, answers: boolean,
 *   enabled: boolean, stopped: boolean, owner: string, used: number, failed: number, error: string}} Hook
 */

/**
 * The webhooks of a room; null where the server has none.
 * @param {Session} session
 * @returns {Promise<Hook[] | null>}
 */
export async function webhooks(session, room) {
  let lines;
  try {
    lines = await request(session, 'HOOK', ['LIST', room]);
  } catch (error) {
    if (NONE.has(error.code)) return null;
    throw error;
  }
  return lines.filter(({ command, params }) => command === 'HOOK' && params[0] === 'LIST' && params[2] !== '*')
    .map(({ params: [, , id, words, name = ''] }) => hookIn(id, words, name));
}

/** A row of a list. @returns {Hook} */
export function hookIn(id, words, name) {
  const { answers, state, used = 0, failed = 0, ...more } = attributesIn(words);
  return {
    trigger: '', word: '', url: '', owner: '', error: '', ...more, id, name, answers: answers === '1',
    enabled: state !== 'off', stopped: state === 'stopped', used: used || 0, failed: failed || 0,
  };
}

/**
 * Make a webhook. The answer has what is shown once: the `url` of an incoming one, or the `secret` of an outgoing one.
 * @param {Session} session
 * @param {{direction: string, name: string, url?: string, trigger?: string, word?: string, answers?: boolean}} wanted
 * @returns {Promise<{url: string, secret: string}>}
 */
export async function addWebhook(session, room, wanted) {
  const { direction, name, url = '', trigger = '', word = '', answers = false } = wanted;
  const sends = { url, trigger, word: trigger === 'all' ? '' : word, answers: answers ? 1 : '' };
  const words = direction === 'in' ? '*' : attributesOf(sends);
  return shownOnce(await request(session, 'HOOK', ['ADD', room, direction, words, name]), 'ADD');
}

/** Give it a new URL, or a new secret. @param {Session} session */
export async function renewWebhook(session, room, id) {
  return shownOnce(await request(session, 'HOOK', ['RENEW', room, id]), 'RENEW');
}

/** @param {Session} session */
export async function removeWebhook(session, room, id) {
  await request(session, 'HOOK', ['REMOVE', room, id]);
}

/** Let it send or say something now. @param {Session} session */
export async function testWebhook(session, room, id) {
  await request(session, 'HOOK', ['TEST', room, id]);
}

/** Switch it on or off. @param {Session} session */
export async function enableWebhook(session, room, id, enabled) {
  await request(session, 'HOOK', ['SET', room, id, attributesOf({ state: enabled ? 'on' : 'off' })]);
}

function shownOnce(lines, subcommand) {
  const found = lines.find(({ command, params }) => command === 'HOOK' && params[0] === subcommand);
  if (found === undefined) throw new ChatError('NO_ANSWER', 'The server gave no answer.');
  const { url = '', secret = '' } = attributesIn(found.params[3]);
  return { url, secret };
}
