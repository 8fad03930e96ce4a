/**
 * Files that a person is about to send, by place: every `target` here is one of placeOf(). Each file is uploaded as
 * soon as it is chosen. The message goes out with those that arrived once none is on its way; what failed stays in the
 * tray, and the message with it where it has nothing else. No I/O: `upload` and `remove` do it.
 */

import { textWith } from './file-links.js';
import { fold } from './names.js';

/** Uploads at once; the others wait. */
export const TOGETHER = 2;
/** Files in one message. */
export const MOST = 10;

/**
 * Where files are collected: a conversation, or a thread of it by its root. No name has a space.
 * @param {string} target
 */
export function placeOf(target, thread = '') {
  return thread ? `${target} ${thread}` : target;
}

/**
 * `status`: 'waiting', 'sending', 'done' or 'failed'; `part`: how much was sent, from 0 to 1. `error`: why it failed,
 * and what to do; `again`: whether trying again may help; `space`: whether removing files helps. `missed`: the message
 * went out without it. Never modified.
 * @typedef {{id: number, file: File, name: string, size: number, type: string, status: string, part: number,
 *   error: string, again: boolean, space: boolean, missed: boolean, alt: string, url: string, token: string,
 *   width: number, height: number}} Item
 * `post`: the message that waits for the files, null while it is still being written. `error`: why it was not sent.
 * @typedef {{target: string, items: Item[], post: {text: string, replyTo: string} | null, error: string}} Tray
 */

const EMPTY = Object.freeze({ target: '', items: [], post: null, error: '' });

export class Uploads {
  /** @type {Map<string, Tray>} */
  #trays = new Map();
  /** How to stop those on their way, by id. @type {Map<number, () => void>} */
  #stops = new Map();
  #number = 0;
  #about;

  /**
   * @param {{upload: (file: File, options: {progress: (part: number) => void, stopped: (stop: () => void) => void}) =>
   *   Promise<{url: string, token?: string, width?: number, height?: number}>, remove: (token: string) => Promise<any>,
   *   say: (target: string, text: string, more: {replyTo: string}) => void, changed: () => void}} about
   *   `stopped` is given a function that stops the upload
   */
  constructor(about) {
    this.#about = about;
  }

  /** @returns {Tray} */
  tray(target) {
    return this.#trays.get(fold(target)) ?? EMPTY;
  }

  /** Whether something would be lost if the page were closed. */
  get busy() {
    return [...this.#trays.values()].some(({ items }) => items.length > 0);
  }

  /** Add files. Returns a sentence about those that were left out; '' where there are none. */
  add(target, files) {
    const tray = this.tray(target);
    const taken = [...files].slice(0, MOST - tray.items.length);
    const items = taken.map((file) => {
      this.#number += 1;
      return {
        id: this.#number, file, name: file.name || 'file', size: file.size, type: file.type, status: 'waiting', part: 0,
        error: '', again: false, space: false, missed: false, alt: '', url: '', token: '', width: 0, height: 0,
      };
    });
    this.#set(target, { ...tray, target, items: [...tray.items, ...items] });
    this.#next();
    return taken.length < files.length ? `A message takes ${MOST} files. The others were left out.` : '';
  }

  /** Say what a file shows, for those who do not see it. */
  describe(target, id, alt) {
    this.#change(target, id, { alt });
  }

  retry(target, id) {
    this.#change(target, id, { status: 'waiting', part: 0, error: '', missed: false });
    this.#next();
  }

  /** Take a file out, and stop its upload or remove what was uploaded. */
  discard(target, id) {
    const tray = this.tray(target);
    const item = tray.items.find((one) => one.id === id);
    if (item === undefined) return;
    this.#set(target, { ...tray, items: tray.items.filter((one) => one !== item) });
    this.#stops.get(id)?.();
    this.#stops.delete(id);
    this.#forgetUploaded(item);
    this.#next();
    this.#deliver(target);
  }

  /** Send a message with the files once they are uploaded. */
  post(target, text, { replyTo = '' } = {}) {
    this.#set(target, { ...this.tray(target), post: { text, replyTo }, error: '' });
    this.#deliver(target);
  }

  /** Take the waiting message back. Returns its text. */
  recall(target) {
    const tray = this.tray(target);
    this.#set(target, { ...tray, post: null });
    return tray.post?.text ?? '';
  }

  /** The person signs out: stop everything. */
  clear() {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
    this.#trays.clear();
    this.#about.changed();
  }

  #forgetUploaded({ token }) {
    if (token) this.#about.remove(token).catch(() => {}); // the server collects it later all the same
  }

  /** Begin with those that wait, while fewer than TOGETHER are on their way. */
  #next() {
    for (const tray of [...this.#trays.values()]) {
      for (const item of tray.items) {
        if (this.#stops.size >= TOGETHER) return;
        if (item.status === 'waiting') this.#begin(tray.target, item);
      }
    }
  }

  async #begin(target, { id, file }) {
    const here = () => this.tray(target).items.some((one) => one.id === id);
    this.#stops.set(id, () => {});
    this.#change(target, id, { status: 'sending', part: 0, error: '' });
    const options = {
      progress: (part) => this.#change(target, id, { part }),
      stopped: (stop) => this.#stops.set(id, stop),
    };
    try {
      const { url, token = '', width = 0, height = 0 } = await this.#about.upload(file, options);
      if (here()) this.#change(target, id, { status: 'done', part: 1, url, token, width, height });
      else this.#forgetUploaded({ token }); // it arrived just before it was stopped
    } catch (error) {
      const { again = true, space = false } = error;
      this.#change(target, id, { status: 'failed', error: error.message || 'The upload failed.', again, space });
    }
    this.#stops.delete(id);
    this.#next();
    this.#deliver(target);
  }

  /** Send the waiting message, if nothing is left to wait for, with the files that arrived. */
  #deliver(target) {
    const { items, post } = this.tray(target);
    if (post === null || items.some((one) => one.status === 'waiting' || one.status === 'sending')) return;
    const there = items.filter((one) => one.status === 'done');
    if (there.length === 0 && items.length > 0) return; // the person decides whether the words go alone
    const text = textWith(post.text, there);
    try {
      if (text !== '') this.#about.say(target.split(' ')[0], text, { replyTo: post.replyTo });
      const left = items.filter((one) => one.status === 'failed').map((one) => ({ ...one, missed: true }));
      this.#set(target, { ...EMPTY, items: left });
    } catch (error) {
      this.#set(target, { ...this.tray(target), error: error.message });
    }
  }

  #change(target, id, changes) {
    const tray = this.tray(target);
    if (!tray.items.some((one) => one.id === id)) return;
    this.#set(target, { ...tray, items: tray.items.map((one) => (one.id === id ? { ...one, ...changes } : one)) });
  }

  /** @param {Tray} tray */
  #set(target, tray) {
    if (tray.items.length === 0 && tray.post === null) this.#trays.delete(fold(target));
    else this.#trays.set(fold(target), { ...tray, target });
    this.#about.changed();
  }
}
