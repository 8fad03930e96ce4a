/**
 * Everything that an account can read, as JSON Lines: the account, its devices (without secrets), its rooms and direct
 * conversations, and their whole history.
 *
 * Each line is an object with a `type`: "account", "device", "conversation" or "line". A "line" is an IRC line as the
 * server stores it: command (PRIVMSG, JOIN, TOPIC, …), parameters, tags and source, with the conversation it is in.
 */

import { tokens } from './account.js';
import { page } from './queries.js';
import { BEGINNING } from './timeline.js';

/**
 * @param {import('./session.js').Session} session
 * @param {(progress: {buffer: string, done: number, total: number, lines: number}) => void} onProgress
 * @returns {Promise<Blob>}
 */
export async function exportData(session, onProgress = () => {}) {
  const { chat } = session;
  const parts = [];
  const write = (object) => parts.push(`${JSON.stringify(object)}\n`);
  write({ type: 'account', account: chat.account, nick: chat.nick, exported: new Date().toISOString() });
  for (const device of session.chat.offered['chatstore/accounts'] === undefined ? [] : await tokens(session)) {
    write({
      type: 'device', id: device.id, label: device.label, created: new Date(device.created).toISOString(),
      used: device.used ? new Date(device.used).toISOString() : null,
    });
  }
  const every = [...chat.buffers.values()];
  let lines = 0;
  for (const [done, buffer] of every.entries()) {
    const { name, room, topic, joined } = buffer;
    write({ type: 'conversation', name, room, ...(room && { topic, joined }) });
    for await (const line of pages(session, buffer)) {
      const tags = Object.fromEntries(Object.entries(line.tags).filter(([key]) => key !== 'batch'));
      const { command, params, source } = line;
      write({ type: 'line', conversation: name, command, params, source, tags });
      lines += 1;
    }
    onProgress({ buffer: name, done: done + 1, total: every.length, lines });
  }
  return new Blob(parts, { type: 'application/jsonl' });
}

/** All lines of a buffer, page by page, oldest first. */
async function* pages(session, buffer) {
  const { chat } = session;
  if (!chat.history.kept) return;
  let selector = BEGINNING;
  for (;;) {
    const from = selector;
    const ask = (history, one, done) => history.lines(one, 'AFTER', from, done);
    const lines = await page(session, buffer.name, ask);
    yield* lines;
    const last = lines.findLast((line) => line.tags.msgid);
    // A short page is not the last one: the server may have cut it because of its size in bytes.
    if (last === undefined || selector === `msgid=${last.tags.msgid}`) return;
    selector = `msgid=${last.tags.msgid}`;
  }
}
