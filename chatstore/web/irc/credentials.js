/** The saved sign-in: the account and the device token that the server issued. Never a password. */

export const KEY = 'chatstore-sign-in';

/** @typedef {{account: string, token: string, id: string}} SignIn */

export class Credentials {
  #storage;

  /** @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns {SignIn | null} */
  get() {
    try {
      const { account, token, id } = JSON.parse(this.#storage.getItem(KEY) ?? 'null') ?? {};
      return account && token ? { account, token, id } : null;
    } catch {
      return null; // not written by us, or storage is blocked
    }
  }

  /** @param {SignIn} signIn */
  set({ account, token, id }) {
    try {
      this.#storage.setItem(KEY, JSON.stringify({ account, token, id }));
    } catch {
      // Storage is blocked: the sign-in lasts as long as the page.
    }
  }

  clear() {
    try {
      this.#storage.removeItem(KEY);
    } catch {
      // as above
    }
  }
}
