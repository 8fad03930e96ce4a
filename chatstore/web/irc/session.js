/**
 * The signed-in account and its connection: open, log in, reconnect, end.
 *
 * The password is used once, on a connection that only gets a device token. The token is saved; this and every later
 * connection logs in by it. Where a server issues no tokens, the password is kept in memory while the page is open.
 */

import { ChatError } from './errors.js';
import { Connection } from './connection.js';
import { Credentials } from './credentials.js';
import { handleLine } from './handlers.js';
import { LineError, parse } from './line.js';
import { CAPS, Login, base64 } from './login.js';
import { fold } from './names.js';
import { CacheWriter } from './cache.js';
import { ChatState } from './state.js';

/** ms between lines without urgency: servers limit how many lines one may send at once. */
const UNHURRIED = 50;

/** `status`: 'offline', 'connecting', 'online', 'retrying' or 'refused'. `retryIn` in s, `retryAt` in ms. */
export class Session {
  chat = new ChatState();
  connection = { status: 'offline', why: '', retryIn: 0, retryAt: 0 };
  /** The id of this browser's token; '' without one. */
  tokenId = '';
  cacheWriter;
  #url;
  #browser;
  #credentials;
  #cache;
  #device;
  #changed;
  #socket;
  /** @type {Login | null} */
  #login = null;
  /** The credentials for the next connection. @type {{account: string, password: string} | null} */
  #who = null;
  /** The first sign-in while it is in progress: its purpose, and the promise to settle. */
  #first = null;
  #unhurried = null;

  /**
   * @param {{url: string, storage: Storage, cache: import('./cache.js').NoCache, device: string,
   *   browser: import('./connection.js').Browser, changed: () => void}} options
   */
  constructor({ url, storage, cache, device, browser, changed }) {
    this.#url = url;
    this.#browser = browser;
    this.#credentials = new Credentials(storage);
    this.#cache = cache;
    this.#device = device || 'a web browser';
    this.#changed = changed;
    this.cacheWriter = new CacheWriter(cache, browser);
    this.#socket = new Connection(url, {
      opened: () => this.#opened(),
      heard: (text) => this.#heard(text),
      lost: (why, retryIn) => this.#lost(why, retryIn),
      doubtful: (doubtful) => this.act(() => this.chat.doubt(doubtful)),
    }, browser);
  }

  /** Run a job on the state, then send its lines and report the change. */
  act(job) {
    try {
      return job();
    } finally {
      this.#socket.send(this.chat.take());
      this.#sendUnhurried();
      this.#changed();
    }
  }

  /** The state. @throws {ChatError} while not connected */
  get online() {
    if (!this.chat.ready) throw new ChatError('OFFLINE', 'You are not connected.');
    return this.chat;
  }

  /** False during a first sign-in: its form must stay to show an error. */
  get signedIn() {
    return this.#who !== null && this.#first === null;
  }

  // Signing in and out.

  /**
   * @param {{account: string, password: string}} who
   * @param {{purpose: string, invitation?: string}} wanted see Login
   * @returns {Promise<void>}
   */
  enter(who, wanted) {
    this.#end('GIVEN_UP', 'Another sign-in has started.');
    this.#who = { ...who };
    return new Promise((resolve, reject) => {
      this.#first = { wanted, resolve, reject };
      this.#become('connecting');
      try {
        new Login({ ...who, ...wanted }).start();
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        this.#refuse('BAD_NAME', 'The name or password has characters that cannot be sent.');
        return;
      }
      this.#socket.start();
    });
  }

  /**
   * Learn what the server offers and what an invitation is, on a separate connection.
   * @returns {Promise<import('./login.js').Outcome>}
   */
  look(invitation) {
    return this.#aside({ purpose: 'ask', invitation });
  }

  /** Log in on a separate connection, which ends with the outcome. @returns {Promise<import('./login.js').Outcome>} */
  #aside(wanted) {
    return new Promise((resolve, reject) => {
      const login = new Login(wanted);
      const end = (settle, value) => {
        socket.stop();
        settle(value);
      };
      const socket = new Connection(this.#url, {
        opened: () => socket.send(login.start()),
        heard: (text) => {
          socket.send(heardBy(login, text));
          if (login.outcome?.ok) end(resolve, login.outcome);
          else if (login.outcome) end(reject, new ChatError(login.outcome.code, login.outcome.text));
        },
        lost: (why) => end(reject, new ChatError('OFFLINE', why)),
        doubtful: () => {},
      }, this.#browser);
      socket.start();
    });
  }

  /**
   * Send a command for which the server wants the password, on a separate connection.
   * @param {string[]} command with its parameters
   * @returns {Promise<import('./line.js').Line>} its answer
   */
  async withPassword(password, command) {
    return (await this.#aside({ account: this.chat.account, password, then: command })).answer;
  }

  /** Resume a saved sign-in: show the cached buffers and connect. Returns whether there is one. */
  resume() {
    const kept = this.#credentials.get();
    if (kept === null) return false;
    this.#end('GIVEN_UP', 'Another sign-in has started.');
    const who = { account: kept.account, password: kept.token };
    this.#who = who;
    this.tokenId = kept.id;
    this.chat.account = this.chat.nick = kept.account;
    this.#become('connecting');
    this.#cache.load(fold(kept.account)).then((records) => {
      if (this.#who !== who) return;
      this.act(() => this.chat.restore(records));
      this.cacheWriter.begin(fold(kept.account), this.chat);
      this.#socket.start();
    });
    return true;
  }

  /**
   * Sign out: revoke the token if the server can be reached, and delete everything saved in this browser.
   * `forget` deletes what the page has saved; it is called once nobody is signed in, so that the page saves nothing
   * more, and before it shows that.
   */
  async signOut(forget = () => {}) {
    const name = fold(this.#who?.account ?? this.#credentials.get()?.account ?? '');
    if (this.tokenId && this.chat.ready) {
      await this.ask('TOKEN', ['REMOVE', this.tokenId], { quiet: true }).catch(() => {});
    }
    this.#credentials.clear();
    this.#end('SIGNED_OUT', 'Signed out.');
    this.#become('offline');
    forget();
    if (name) await this.#cache.clear(name);
  }

  /**
   * Note the new password. The token stays valid, unless the server `renewed` it.
   * @param {{id: string, token: string} | null} renewed
   */
  passwordChanged(password, renewed = null) {
    if (this.#who === null) return;
    if (!this.tokenId) this.#who.password = password;
    else if (renewed !== null) {
      this.tokenId = renewed.id;
      this.#who.password = renewed.token;
      this.#credentials.set({ account: this.#who.account, ...renewed });
    }
  }

  /** The value of the Authorization header of our HTTP requests; '' while nobody is signed in. */
  get authorization() {
    if (this.#who === null) return '';
    const { account, password } = this.#who;
    return this.tokenId ? `Bearer ${password}` : `Basic ${base64(`${account}:${password}`)}`;
  }

  /** Send a command. @returns {Promise<import('./line.js').Line[]>} its response */
  ask(command, params, more) {
    return this.act(() => this.online.ask(command, params, more));
  }

  /** Check the connection now: the machine may have slept. */
  wake() {
    this.#socket.wake();
  }

  // The connection.

  #opened() {
    this.#login = new Login({ ...this.#who, ...this.#first?.wanted, device: this.tokenId ? '' : this.#device });
    this.#socket.send(this.#login.start());
  }

  #heard(text) {
    if (this.#login !== null) {
      const login = this.#login;
      this.#socket.send(heardBy(login, text));
      if (login.outcome !== null) this.#loggedIn(login.outcome, text);
      return;
    }
    let line;
    try {
      line = parse(text);
    } catch {
      return; // not a line of IRC: ignore it
    }
    this.act(() => handleLine(this.chat, line, this.#browser.now()));
    if (this.chat.broken) this.#socket.giveUp(this.chat.broken);
    else if (this.chat.ready && this.connection.status !== 'online') this.#welcomed();
  }

  /** @param {import('./login.js').Outcome} outcome */
  #loggedIn(outcome, text) {
    this.#login = null;
    if (!outcome.ok) {
      const { code } = outcome;
      const final = /^90[24]$/.test(code) || this.#first !== null || code === 'ACCOUNT_REQUIRED';
      if (final && this.#adoptSavedToken()) this.#socket.again();
      else if (final) this.#refuse(code, outcome.text);
      else this.#socket.giveUp(outcome.text);
      return;
    }
    if (outcome.token !== null) {
      this.#comeByToken(outcome);
      return;
    }
    this.chat.begin(outcome);
    this.chat.wantsCaps = (names) => {
      const wanted = names.filter((name) => CAPS.includes(name));
      if (wanted.length > 0) this.chat.send('CAP', 'REQ', wanted.join(' '));
    };
    this.act(() => handleLine(this.chat, parse(text), this.#browser.now()));
  }

  /**
   * Our token is no longer valid. Another tab may have changed the password and saved the token that replaced it: take
   * that one. Returns whether there is one.
   */
  #adoptSavedToken() {
    const saved = this.#credentials.get();
    if (this.#first !== null || saved === null || saved.token === this.#who.password) return false;
    if (fold(saved.account) !== fold(this.#who.account)) return false;
    this.tokenId = saved.id;
    this.#who = { account: saved.account, password: saved.token };
    return true;
  }

  #comeByToken({ account, token: { id, token } }) {
    this.tokenId = id;
    this.#who = { account, password: token };
    this.#credentials.set({ account, token, id });
    if (this.#first !== null) this.#first.wanted = { purpose: 'login' };
    this.#socket.again();
  }

  /** The server refuses us. A device that was signed out remotely may be stolen: delete what it saved. */
  #refuse(code, why) {
    const first = this.#first;
    const name = fold(this.#who?.account ?? '');
    this.#first = null;
    this.#forgetToken(first);
    const kept = this.chat;
    this.#end(code, why);
    if (first === null) this.chat = kept;
    this.#become(first === null ? 'refused' : 'offline', { why });
    first?.reject(new ChatError(code, why));
    if (first === null && name) this.#cache.clear(name).catch(() => {});
  }

  #welcomed() {
    this.#socket.welcomed();
    this.#become('online');
    const first = this.#first;
    this.#first = null;
    if (first === null) return;
    this.cacheWriter.begin(fold(this.chat.account), this.chat);
    first.resolve();
  }

  #lost(why, retryIn) {
    this.#login = null;
    this.chat.lost();
    const first = this.#first;
    this.#first = null;
    if (first === null) {
      this.#become('retrying', { why, retryIn: Math.ceil(retryIn / 1000), retryAt: this.#browser.now() + retryIn });
      return;
    }
    this.#forgetToken(first);
    this.#end('OFFLINE', why);
    this.#become('offline', { why });
    first.reject(new ChatError('OFFLINE', why));
  }

  /** A failed first sign-in removes its own token only: another tab may have saved one meanwhile. */
  #forgetToken(first) {
    if (first === null || this.tokenId) this.#credentials.clear();
  }

  /** Disconnect, forget the account and clear the state. */
  #end(code, why) {
    this.cacheWriter.end();
    this.#socket.stop();
    this.#login = null;
    this.#first?.reject(new ChatError(code, why));
    this.#first = this.#who = null;
    this.tokenId = '';
    this.chat.lost();
    this.chat = new ChatState();
  }

  #become(status, { why = '', retryIn = 0, retryAt = 0 } = {}) {
    this.connection = { status, why, retryIn, retryAt };
    this.#changed();
  }

  #sendUnhurried() {
    if (this.#unhurried !== null || !this.chat.ready) return;
    const line = this.chat.takeLater();
    if (line === null) return;
    this.#socket.send([line]);
    this.#unhurried = this.#browser.setTimeout(() => {
      this.#unhurried = null;
      this.#sendUnhurried();
    }, UNHURRIED);
  }
}

/** Pass a text to a login. Returns the lines to send. */
function heardBy(login, text) {
  try {
    return login.hear(parse(text));
  } catch {
    return []; // not a line of IRC
  }
}
