/**
 * How people want to be shown: the names and pictures that they have set. Somebody else may take a nick that was given
 * up, so what is known of whoever joins is asked anew.
 *
 * Spec: IRCv3 metadata (draft/metadata-2), and the registry of its keys.
 */

import { fold } from './names.js';

export const METADATA = 'draft/metadata-2';
export const AVATAR = 'avatar';
export const DISPLAY_NAME = 'display-name';
export const KEYS = [AVATAR, DISPLAY_NAME];
/** Of a conversation, and our account's alone: that it is a favourite. Spec: soju, doc/ext/metadata.md. */
export const PINNED = 'soju.im/pinned';

/**
 * `name`: as they call themselves; `avatar`: a URL. '' for what is not set.
 * @typedef {{name: string, avatar: string}} Profile
 */

/** @type {Profile} */
export const NOBODY = Object.freeze({ name: '', avatar: '' });

const FIELDS = { [AVATAR]: 'avatar', [DISPLAY_NAME]: 'name' };

export class Profiles {
  /** By folded nick. Profiles are never modified. @type {Map<string, Profile>} */
  #known = new Map();
  /** Folded nicks that we wait to hear of. @type {Set<string>} */
  #asked = new Set();

  /** A new connection: answers to the old one do not come any more. */
  begin() {
    this.#asked.clear();
  }

  /** Everything that is set is about to come. */
  forget() {
    this.#known.clear();
  }

  /** @returns {Profile} the same object until it changes */
  of(nick) {
    return this.#known.get(fold(nick)) ?? NOBODY;
  }

  /** A person has set a value; '' removes it. */
  set(nick, key, value) {
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : '';
    this.#asked.delete(fold(nick));
    if (!field || this.of(nick)[field] === value) return;
    const profile = { ...this.of(nick), [field]: value };
    if (profile.name || profile.avatar) this.#known.set(fold(nick), Object.freeze(profile));
    else this.#known.delete(fold(nick));
  }

  /** Somebody has another nick; nothing is left of who had that before. */
  rename(from, to) {
    const profile = this.#known.get(fold(from));
    this.#known.delete(fold(from));
    this.#known.delete(fold(to));
    if (profile !== undefined) this.#known.set(fold(to), profile);
  }

  /** Whether to ask about a person: not if their answer is on its way. */
  ask(nick) {
    if (this.#asked.has(fold(nick))) return false;
    this.#asked.add(fold(nick));
    return true;
  }
}

/**
 * The value in a line: a change, or an answer to GET or SUB.
 * @param {import('./line.js').Line} line
 * @returns {{nick: string, key: string, value: string} | null}
 */
export function valueIn({ command, params }) {
  if (command === 'METADATA') return { nick: params[0] ?? '', key: params[1] ?? '', value: params[3] ?? '' };
  if (command === '761') return { nick: params[1] ?? '', key: params[2] ?? '', value: params[4] ?? '' };
  if (command === '766') return { nick: params[1] ?? '', key: params[2] ?? '', value: '' };
  return null;
}
