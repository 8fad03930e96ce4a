/** A browser's storage in memory, with the same interfaces. */

import { NoCache } from '../../../chatstore/web/irc/cache.js';

/** As localStorage. */
export function storage() {
  const items = new Map();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

/** As Cache, which keeps copies (as IndexedDB does, by structured cloning). */
export class MemoryCache extends NoCache {
  accounts = new Map();

  async load(account) {
    return structuredClone([...(this.accounts.get(account) ?? new Map()).values()]);
  }

  async save(account, records, removed) {
    const kept = this.accounts.get(account) ?? new Map();
    this.accounts.set(account, kept);
    for (const key of removed) kept.delete(key);
    for (const record of structuredClone(records)) kept.set(record.key, record);
  }

  async clear(account) {
    this.accounts.delete(account);
  }
}
