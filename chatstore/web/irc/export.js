/**
 * One's own data as JSON Lines. Our server gives everything: all that the account may read, ever said, and that is
 * about it, as docs/exporting.md describes. From other servers it is what IRC can ask for: the account, its rooms and
 * direct conversations, and their history; each line has a `type`: "account", "device", "conversation" or "line". A
 * "line" is an IRC line (PRIVMSG, JOIN, TOPIC, …) with the conversation it is in.
 */

import { ACCOUNTS } from './login.js';
import { page, request } from './queries.js';
import { tokens } from './account.js';
import { BEGINNING } from './timeline.js';

/** @typedef {(progress: {lines: number}) => void} OnProgress */

/**
 * @param {import('./session.js').Session} session
 * @param {OnProgress} onProgress
 * @returns {Promise<Blob>}
 */
export async function exportData(session, onProgress = () => {}) {
  const parts = await fromOurServer(session, onProgress) ?? await fromAnyServer(session, onProgress);
  return new Blob(parts, { type: 'application/jsonl' });
}

/**
 * Spec: chatstore/accounts, EXPORT. Returns null where the server does not know it.
 * @param {import('./session.js').Session} session
 * @param {OnProgress} onProgress
 */
async function fromOurServer(session, onProgress) {
  if (session.chat.offered[ACCOUNTS] === undefined) return null;
  const begun = await session.ask('EXPORT', ['BEGIN'], { quiet: true });
  if (begun.some(({ command }) => command === '421')) return null; // an earlier version
  const parts = [];
  let lines = 0;
  for (;;) {
    let more = false;
    for (const { command, params: [kind, text = ''] } of await request(session, 'EXPORT', ['NEXT'])) {
      if (command !== 'EXPORT') continue;
      if (kind === 'NEXT') more = true;
      if (kind === 'PART' || kind === 'DATA') parts.push(text);
      if (kind === 'DATA') {
        parts.push('\n');
        lines += 1;
      }
    }
    if (!more) return parts;
    onProgress({ lines });
  }
}

/**
 * @param {import('./session.js').Session} session
 * @param {OnProgress} onProgress
 */
async function fromAnyServer(session, onProgress) {
  const { chat } = session;
  const parts = [];
  const write = (object) => parts.push(`${JSON.stringify(object)}\n`);
  write({ type: 'account', account: chat.account, nick: chat.nick, exported: new Date().toISOString() });
  for (const device of session.chat.offered[ACCOUNTS] === undefined ? [] : await tokens(session)) {
    write({
      type: 'device', id: device.id, label: device.label, created: new Date(device.created).toISOString(),
      used: device.used ? new Date(device.used).toISOString() : null,
    });
  }
  const every = [...chat.buffers.values()];
  let lines = 0;
  for (const buffer of every) {
    const { name, room, topic, joined } = buffer;
    write({ type: 'conversation', name, room, ...(room && { topic, joined }) });
    for await (const line of pages(session, buffer)) {
      const tags = Object.fromEntries(Object.entries(line.tags).filter(([key]) => key !== 'batch'));
      const { command, params, source } = line;
      write({ type: 'line', conversation: name, command, params, source, tags });
      lines += 1;
    }
    onProgress({ lines });
  }
  return parts;
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
