/** What this account has read in threads, kept in this browser. */

import { readUntil, readingIn, threadsOf, unreadIn } from '../irc/threads.js';
import { fold } from '../irc/names.js';
import { read, write } from './storage.js';

/** How the names in the storage begin. */
export const KEPT = 'threads.';
/** The reading as it was last parsed: tabs share the text, so it is compared each time. */
let parsed = { name: '', text: '', reading: null };

function readingOf(client) {
  const name = KEPT + fold(client.state.account || client.state.nick);
  let text = read(name);
  if (parsed.reading !== null && parsed.name === name && parsed.text === text) return parsed;
  const reading = readingIn(text, Date.now());
  // A browser that sees the account for the first time takes all that was said before for read.
  if (text === '') write(name, (text = JSON.stringify(reading)));
  parsed = { name, text: read(name), reading };
  return parsed;
}

/** Note that a thread is read. Returns whether that is news. */
export function markThread(client, thread) {
  const { name, reading } = readingOf(client);
  const now = readUntil(reading, thread);
  if (now === reading) return false;
  write(name, JSON.stringify(now));
  return true;
}

/** The unread replies in a thread. */
export function unreadReplies(client, thread) {
  return unreadIn(thread, readingOf(client).reading);
}

/** The threads of a buffer with unread replies. */
export function unreadThreads(client, buffer) {
  const { reading } = readingOf(client);
  return [...threadsOf(buffer).byRoot.values()].filter((thread) => unreadIn(thread, reading) > 0);
}
