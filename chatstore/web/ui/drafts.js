/**
 * What a person has typed and not sent, by conversation. It stays in this browser through reloads, until it is sent or the
 * person signs out. Drafts of one account are not shown to another that signs in here.
 */

import { fold } from '../irc/names.js';
import { forget, read, write } from './storage.js';

/** Drafts that are kept; the oldest goes first. */
export const MOST = 100;
/** Characters of one that are kept. */
export const LONGEST = 20_000;
/** The names that have one, the newest last. No name has a space. */
const NAMES = 'drafts';
const OWNER = 'drafts-of';

const keyOf = (name) => `draft.${name}`;

function names() {
  return read(NAMES).split(' ').filter(Boolean);
}

export class Drafts {
  /** The folded names of the conversations that have one. */
  names() {
    return new Set(names());
  }

  get(name) {
    return read(keyOf(fold(name)));
  }

  /** Keep a text. Returns whether the conversation has a draft now and had none, or the other way round. */
  set(name, text) {
    const key = fold(name);
    const before = names();
    const draft = text.trim() === '' ? '' : text.slice(0, LONGEST);
    write(keyOf(key), draft);
    if (before.includes(key) === (draft !== '')) return false;
    const now = before.filter((one) => one !== key);
    if (draft) now.push(key);
    for (const old of now.splice(0, Math.max(0, now.length - MOST))) write(keyOf(old), '');
    write(NAMES, now.join(' '));
    return true;
  }

  /** This account has signed in: drafts of another one go. */
  belongTo(account) {
    if (read(OWNER) !== fold(account)) this.clear();
    write(OWNER, fold(account));
  }

  clear() {
    forget('draft.');
    forget(NAMES);
  }
}
