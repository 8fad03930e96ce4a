/**
 * Buffers between visits: their last entries, read markers and topics, in IndexedDB, one database for each account. A
 * page that is opened again shows them at once, even offline, and then catches up from the last line.
 */

/** Buffers to keep, those with the latest message first. */
const MAX_BUFFERS = 200;
/** Raise it when the records change their shape: older caches are dropped then. */
const VERSION = 1;
const STORE = 'conversations';

/** A cache that keeps nothing, and the interface of all caches. A record is plain data with a `key`. */
export class NoCache {
  /** @param {string} account folded @returns {Promise<object[]>} */
  async load(account) {
    return [];
  }

  /** @param {string} account @param {object[]} records @param {string[]} removed keys */
  async save(account, records, removed) {}

  /** @param {string} account */
  async clear(account) {}
}

export class Cache extends NoCache {
  #factory;
  #account = '';
  /** @type {Promise<IDBDatabase> | null} */
  #database = null;

  /** @param {IDBFactory} [factory] */
  constructor(factory = globalThis.indexedDB) {
    super();
    this.#factory = factory;
  }

  async load(account) {
    try {
      const store = (await this.#open(account)).transaction(STORE).objectStore(STORE);
      const records = await done(store.getAll());
      return records.sort((one, other) => other.last - one.last).slice(0, MAX_BUFFERS);
    } catch {
      return []; // storage is blocked or unreadable: everything comes from the server
    }
  }

  async save(account, records, removed) {
    try {
      const store = (await this.#open(account)).transaction(STORE, 'readwrite').objectStore(STORE);
      for (const key of removed) store.delete(key);
      for (const record of records) store.put(record);
      await finished(store.transaction);
    } catch {
      // Not kept: the next visit asks the server.
    }
  }

  async clear(account) {
    try {
      if (this.#account === account) (await this.#database)?.close();
      this.#database = null;
      this.#account = '';
      await done(this.#factory.deleteDatabase(nameOf(account)));
    } catch {
      // There was nothing to delete.
    }
  }

  async #open(account) {
    if (this.#account !== account || this.#database === null) {
      this.#account = account;
      const opening = this.#factory.open(nameOf(account), VERSION);
      opening.onupgradeneeded = () => {
        const database = opening.result;
        if (database.objectStoreNames.contains(STORE)) database.deleteObjectStore(STORE);
        database.createObjectStore(STORE, { keyPath: 'key' });
      };
      this.#database = done(opening).then((database) => {
        // Another tab signs out or has a newer version of the page: do not block it.
        database.onversionchange = () => {
          database.close();
          this.#database = null;
        };
        return database;
      });
    }
    return this.#database;
  }
}

function nameOf(account) {
  return `chatstore-${account}`;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Entries of one buffer to keep. */
export const MAX_ENTRIES = 300;
/** ms after a change, so that changes in quick succession are written once. */
const SAVE_AFTER = 1_000;

export class CacheWriter {
  #cache;
  #browser;
  #account = '';
  #chat = null;
  /** The saved version of each buffer, by key. @type {Map<string, number>} */
  #kept = new Map();
  #timer = null;
  #unlisten = () => {};

  constructor(cache, browser) {
    this.#cache = cache;
    this.#browser = browser;
  }

  /** Start saving the buffers of this account. */
  begin(account, chat) {
    this.end();
    this.#account = account;
    this.#chat = chat;
    this.#kept = new Map([...chat.buffers].map(([key, one]) => [key, one.version]));
    this.#unlisten = this.#listen();
  }

  end() {
    this.#browser.clearTimeout(this.#timer);
    this.#timer = this.#chat = null;
    this.#unlisten();
    this.#unlisten = () => {};
  }

  changed() {
    if (this.#chat !== null) this.#timer ??= this.#browser.setTimeout(() => this.save(), SAVE_AFTER);
  }

  /** @returns {Promise<void>} */
  async save() {
    this.#browser.clearTimeout(this.#timer);
    this.#timer = null;
    const chat = this.#chat;
    if (chat === null) return;
    const now = new Map([...chat.buffers].map(([key, one]) => [key, one.version]));
    const changed = [...now.keys()].filter((key) => this.#kept.get(key) !== now.get(key));
    const removed = [...this.#kept.keys()].filter((key) => !now.has(key));
    this.#kept = now;
    if (changed.length + removed.length === 0) return;
    const records = changed.map((key) => ({ ...chat.buffers.get(key).toRecord(MAX_ENTRIES), key }));
    await this.#cache.save(this.#account, records, removed);
  }

  /** Save when the page is hidden: a browser may close it then without another event. */
  #listen() {
    if (typeof document === 'undefined') return () => {};
    const hidden = () => document.visibilityState === 'hidden' && this.save();
    document.addEventListener('visibilitychange', hidden);
    return () => document.removeEventListener('visibilitychange', hidden);
  }
}
