/** Slash commands. Each has a button too. */

import { isRoom } from '../irc/names.js';

const words = (text, count) => {
  const parts = text.trim().split(/\s+/);
  return [...parts.slice(0, count), parts.slice(count).join(' ')];
};

/** By name: arguments, description and function. `at`: the open buffer. */
export const COMMANDS = {
  help: ['', 'show keys and commands', ({ page }) => page.showDialog('help')],
  join: ['ROOM', 'join a room, or create it', async ({ client, page }, text) => {
    const [room, key] = words(text, 1);
    const name = isRoom(room) ? room : `#${room}`;
    await client.join(name, key);
    page.open(name);
  }],
  invite: ['NICK', 'invite somebody to this room', ({ client, at }, text) => client.invite(at, text.trim())],
  kick: ['NICK [REASON]', 'kick somebody from this room', ({ client, at }, text) => client.kick(at, ...words(text, 1))],
  me: ['TEXT', 'send an action: /me waves', ({ client, at }, text) => client.sayAction(at, text)],
  msg: ['NICK [TEXT]', 'send a direct message', async ({ client, page }, text) => {
    const [nick, ...rest] = words(text, 1);
    page.open(await client.startDirect(nick));
    if (rest[0]) client.say(nick, rest[0]);
  }],
  part: ['', 'leave this room', async ({ client, page, at }) => {
    await client.part(at);
    page.closeBuffer();
  }],
  search: ['WORDS', 'search messages', ({ page }, text) => page.set({ side: 'search', searched: text })],
  topic: ['TEXT', 'change the topic', ({ client, at }, text) => client.setTopic(at, text)],
};

/** Commands that need an argument. */
const NEEDS = new Set(Object.keys(COMMANDS).filter((name) => /^[A-Z]/.test(COMMANDS[name][0])));

/**
 * Parse what was typed: a command to run, a text to send, or an error. `//` sends a slash.
 * @returns {{say: string} | {run: Function, rest: string} | {wrong: string}}
 */
export function parseInput(text) {
  if (!text.startsWith('/') || text.includes('\n')) return { say: text };
  if (text.startsWith('//')) return { say: text.slice(1) };
  const [, typed, rest] = /^\/(\S*)\s*(.*)$/s.exec(text);
  const name = { query: 'msg', leave: 'part', j: 'join' }[typed.toLowerCase()] ?? typed.toLowerCase();
  if (!Object.hasOwn(COMMANDS, name)) {
    return { wrong: `Unknown command /${typed}. Nothing was sent. Type /help for all commands, or // to start a message with a slash.` };
  }
  if (NEEDS.has(name) && !rest.trim()) return { wrong: `Usage: /${name} ${COMMANDS[name][0]}` };
  return { run: COMMANDS[name][2], rest };
}
