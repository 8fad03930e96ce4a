/**
 * A room's rules by this server's command ROOM: `ROOM #tea` asks, `ROOM #tea history=members;retention=30` changes.
 * The answer is the whole state, in the notation of message tags.
 */

import { formatTags, parseTags } from '../irc/line.js';

/** @typedef {{history: string, retention: number, founder: string, motd: string}} Rules */

/** @returns {Promise<Rules>} */
export async function readRules(client, room) {
  return rulesIn(await client.demand('ROOM', [room]));
}

/** @param {Partial<Rules>} changes @returns {Promise<Rules>} */
export async function changeRules(client, room, changes) {
  const values = Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, String(value)]));
  return rulesIn(await client.demand('ROOM', [room, formatTags(values)]));
}

function rulesIn(lines) {
  const line = lines.findLast(({ command, params }) => command === 'ROOM' && params.length >= 2);
  if (line === undefined) throw new Error('The server says nothing of the room\'s rules.');
  const [, values, motd = ''] = line.params;
  const { history = 'everyone', retention = '0', founder = '' } = parseTags(values);
  return { history, retention: Number(retention), founder, motd };
}
