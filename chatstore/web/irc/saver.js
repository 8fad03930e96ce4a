/** Keeps what has changed, a moment after it did: see cache.js. */

/** Entries of one conversation that are kept. */
export const KEPT = 300;
/** ms after a change. */
const LATER = 1_000;

export class Saver {
  #cache;
  #world;
  #account = '';
  #chat = null;
  /** By key: the version that is kept. @type {Map<string, number>} */
  #kept = new Map();
  #timer = null;
  #unlisten = () => {};

  constructor(cache, world) {
    this.#cache = cache;
    this.#world = world;
  }

  /** Keep the conversations of this account from now on. */
  begin(account, chat) {
    this.end();
    this.#account = account;
    this.#chat = chat;
    this.#kept = new Map([...chat.conversations].map(([key, one]) => [key, one.version]));
    this.#unlisten = this.#listen();
  }

  end() {
    this.#world.clearTimeout(this.#timer);
    this.#timer = this.#chat = null;
    this.#unlisten();
    this.#unlisten = () => {};
  }

  changed() {
    if (this.#chat !== null) this.#timer ??= this.#world.setTimeout(() => this.save(), LATER);
  }

  /** @returns {Promise<void>} */
  async save() {
    this.#world.clearTimeout(this.#timer);
    this.#timer = null;
    const chat = this.#chat;
    if (chat === null) return;
    const now = new Map([...chat.conversations].map(([key, one]) => [key, one.version]));
    const changed = [...now.keys()].filter((key) => this.#kept.get(key) !== now.get(key));
    const removed = [...this.#kept.keys()].filter((key) => !now.has(key));
    this.#kept = now;
    if (changed.length + removed.length === 0) return;
    const records = changed.map((key) => ({ ...chat.conversations.get(key).kept(KEPT), key }));
    await this.#cache.save(this.#account, records, removed);
  }

  /** A page that is hidden may never be seen again. */
  #listen() {
    if (typeof document === 'undefined') return () => {};
    const hidden = () => document.visibilityState === 'hidden' && this.save();
    document.addEventListener('visibilitychange', hidden);
    return () => document.removeEventListener('visibilitychange', hidden);
  }
}
