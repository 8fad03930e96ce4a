/**
 * All that an account has here, as JSON Lines: the account, its devices (without secrets), its rooms, and every
 * conversation that it may read, page by page.
 *
 * Each line is an object with a `type`: "account", "device", "conversation" or "line". A line is what the server keeps:
 * its command (PRIVMSG, JOIN, TOPIC, …), parameters, tags, source, and the conversation that it is in.
 */

import { tokens } from './account.js';
import { BEGINNING } from './timeline.js';

/**
 * @param {import('./client.js').Client} client
 * @param {(progress: {conversation: string, done: number, total: number, lines: number}) => void} onProgress
 * @returns {Promise<Blob>}
 */
export async function exportData(client, onProgress = () => {}) {
  const { chat } = client;
  const parts = [];
  const write = (object) => parts.push(`${JSON.stringify(object)}\n`);
  write({ type: 'account', account: chat.account, nick: chat.nick, exported: new Date().toISOString() });
  for (const device of client.chat.offered['chatstore/accounts'] === undefined ? [] : await tokens(client)) {
    write({
      type: 'device', id: device.id, label: device.label, created: new Date(device.created).toISOString(),
      used: device.used ? new Date(device.used).toISOString() : null,
    });
  }
  const every = [...chat.conversations.values()];
  let lines = 0;
  for (const [done, conversation] of every.entries()) {
    const { name, room, topic, joined } = conversation;
    write({ type: 'conversation', name, room, ...(room && { topic, joined }) });
    for await (const line of pages(client, conversation)) {
      const { batch, ...tags } = line.tags;
      write({ type: 'line', conversation: name, command: line.command, params: line.params, source: line.source, tags });
      lines += 1;
    }
    onProgress({ conversation: name, done: done + 1, total: every.length, lines });
  }
  return new Blob(parts, { type: 'application/jsonl' });
}

/** All lines of a conversation, in order. */
async function* pages(client, conversation) {
  const { chat } = client;
  if (!chat.history.kept) return;
  let selector = BEGINNING;
  for (;;) {
    const limit = chat.history.page;
    const lines = await client.historyPage(conversation, selector);
    yield* lines;
    const last = lines.findLast((line) => line.tags.msgid);
    if (lines.length < limit || last === undefined || selector === `msgid=${last.tags.msgid}`) return;
    selector = `msgid=${last.tags.msgid}`;
  }
}
