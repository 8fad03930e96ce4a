/**
 * The one object that a page holds: a connection that comes back, the state, and what is kept between visits.
 *
 * `client.state` is what there is to show; after a change, whoever has subscribed is called, once for all changes of a
 * moment. What a person does is a method. Promises reject with {code, message}: a numeric, the code of a standard
 * reply, or a word of our own (LOST, OFFLINE, NO_ANSWER, …).
 */

import * as account from './account.js';
import { Refusal } from './answers.js';
import { NoCache } from './cache.js';
import { Connection, browser } from './connection.js';
import { Credentials } from './credentials.js';
import { exportData } from './export.js';
import { LineError, parse } from './line.js';
import { ACCOUNTS, CAPS, Login, REGISTRATION } from './login.js';
import { fold } from './names.js';
import * as questions from './questions.js';
import { Saver } from './saver.js';
import { ChatState } from './state.js';
import { Teller } from './typing.js';
import { conversationsOf, featuresOf } from './view.js';

/** ms in which changes are told together. */
const TOGETHER = 16;
const OLDER = 50;

export class Client {
  chat = new ChatState();
  tokenId = '';
  #url;
  #world;
  #credentials;
  #cache;
  #saver;
  #device;
  #connection;
  /** @type {Login | null} */
  #login = null;
  /** Who is signed in: for the next connection. @type {{account: string, password: string} | null} */
  #who = null;
  /** What the first connection is for, and who waits for it. */
  #first = null;
  #status = { status: 'offline', why: '', retryIn: 0, retryAt: 0 };
  #listeners = new Set();
  #speechListeners = new Set();
  #telling = null;
  #typingTimer = null;
  #teller = new Teller();

  /**
   * @param {{url: string, storage?: Storage, cache?: import('./cache.js').NoCache, device?: string,
   *   world?: import('./connection.js').World}} options `storage` keeps the sign-in, `cache` the conversations
   */
  constructor({ url, storage = globalThis.localStorage, cache = new NoCache(), device = '', world = browser() }) {
    this.#url = url;
    this.#world = world;
    this.#credentials = new Credentials(storage);
    this.#cache = cache;
    this.#device = device;
    this.#saver = new Saver(cache, world);
    this.#connection = this.#connect();
  }

  // What there is to show.

  get state() {
    const { chat } = this;
    return {
      connection: this.#status, nick: chat.nick, account: chat.account, caps: chat.caps, away: chat.away,
      features: featuresOf(chat), conversations: conversationsOf(chat), invitations: chat.invitations,
      notices: chat.notices,
    };
  }

  /** Be called after changes. Returns what ends it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Be called with ({target, entry}) for what others say while we are connected. Returns what ends it. */
  onSpeech(listener) {
    this.#speechListeners.add(listener);
    return () => this.#speechListeners.delete(listener);
  }

  // Signing in and out.

  /** @returns {Promise<void>} */
  signIn({ account: name, password }) {
    return this.#enter({ account: name, password }, { purpose: 'login' });
  }

  /** Make an account, and sign in to it. @returns {Promise<void>} */
  register({ account: name, password, code = '' }) {
    return this.#enter({ account: name, password }, { purpose: 'register', invitation: code });
  }

  /** What an invitation is good for: {role, name, expires}; `expires` as the server writes times. */
  async checkInvitation(code) {
    const { invitation } = await this.#look(code);
    const { role, name, expires } = invitation;
    return { role, name, expires };
  }

  /** Who may make an account here: 'open', 'invite' or 'closed'. */
  async registration() {
    const { offered } = await this.#look('');
    if (REGISTRATION in offered) return 'open';
    return ACCOUNTS in offered ? 'invite' : 'closed';
  }

  /** Whether somebody is signed in here; then what is kept is shown, and the connection opens. */
  resume() {
    const kept = this.#credentials.get();
    if (kept === null) return false;
    this.tokenId = kept.id;
    this.#who = { account: kept.account, password: kept.token };
    this.chat.account = this.chat.nick = kept.account;
    this.#become('connecting');
    const who = this.#who;
    this.#cache.load(fold(kept.account)).then((records) => {
      if (this.#who !== who) return;
      this.chat.restore(records);
      this.#saver.begin(fold(kept.account), this.chat);
      this.#connection.start();
      this.#tell();
    });
    return true;
  }

  /** Nothing of the account stays here: the token is revoked where the server is reached, the cache is emptied. */
  async signOut() {
    const name = fold(this.#who?.account ?? this.#credentials.get()?.account ?? '');
    if (this.tokenId && this.chat.ready) await account.removeToken(this, this.tokenId).catch(() => {});
    await this.#forget();
    if (name) await this.#cache.clear(name);
  }

  // What a person does. `target` is a room's name or a nick.

  /** Say something; it is pending until the server has stored it. */
  say(target, text, { replyTo = '' } = {}) {
    this.#do(() => this.chat.say(target, text, { replyTo, now: this.#world.now() }));
    this.#teller.sent(target);
  }

  sayAction(target, text) {
    this.#do(() => this.chat.say(target, text, { action: true, now: this.#world.now() }));
    this.#teller.sent(target);
  }

  /** Say again what failed, or let go of it. */
  retry(target, key) {
    this.#do(() => this.chat.retry(target, key));
  }

  discard(target, key) {
    this.#do(() => this.chat.discard(target, key));
  }

  react(target, msgid, emoji) {
    this.#tags(target, { '+draft/react': emoji, '+draft/reply': msgid });
  }

  unreact(target, msgid, emoji) {
    this.#tags(target, { '+draft/unreact': emoji, '+draft/reply': msgid });
  }

  /** @param {'active' | 'paused' | 'done'} what */
  typing(target, what) {
    if (!this.chat.ready || this.chat.doubtful || !this.chat.has('message-tags')) return;
    if (this.#teller.tells(target, what, this.#world.now())) this.#tags(target, { '+typing': what });
  }

  redact(target, msgid, reason = '') {
    return this.#ask('REDACT', reason ? [target, msgid, reason] : [target, msgid]);
  }

  markRead(target) {
    this.#do(() => this.chat.markRead(target));
  }

  /** Lines before the first one, or in the gap with this key: {count, complete}. */
  older(target, gap = '', limit = OLDER) {
    return this.#page((history, conversation, done) => history.older(conversation, limit, gap, done), target);
  }

  /** Have a message and what is around it among the entries: {count, complete}. */
  around(target, msgid, limit = OLDER) {
    return this.#page((history, conversation, done) => history.around(conversation, msgid, limit, done), target);
  }

  search(wanted) {
    return questions.search(this, wanted);
  }

  /** A room; the name it has. */
  async join(name, key = '') {
    questions.unlessRefused(await this.#do(() => this.chat.join(name, key)));
    return this.chat.conversation(name).name;
  }

  /** Leave a room, or take one that was left out of the list. */
  async part(name) {
    const conversation = this.chat.conversations.get(fold(name));
    if (conversation?.joined) await this.#ask('PART', [name]);
    else if (conversation !== undefined) this.#do(() => this.chat.forget(conversation));
  }

  /** Take a conversation out of the list; it comes back with the next message. */
  close(name) {
    const conversation = this.chat.conversations.get(fold(name));
    if (conversation !== undefined && !conversation.joined) this.#do(() => this.chat.forget(conversation));
  }

  /** A direct conversation, with its last lines where there are any. */
  openDirect(nick) {
    const conversation = this.#do(() => this.chat.conversation(nick));
    if (this.chat.ready && !conversation.timeline.oldest) this.older(nick).catch(() => {});
    return conversation.name;
  }

  setTopic(room, topic) {
    return this.#ask('TOPIC', [room, topic]);
  }

  invite(nick, room) {
    return this.#ask('INVITE', [nick, room]);
  }

  /** An invitation is not taken. */
  decline(room) {
    this.#do(() => {
      this.chat.invitations = this.chat.invitations.filter((one) => fold(one.room) !== fold(room));
    });
  }

  kick(room, nick, reason = '') {
    return this.#ask('KICK', reason ? [room, nick, reason] : [room, nick]);
  }

  /** Keep somebody out: by nick, or by mask. */
  ban(room, who) {
    return this.mode(room, '+b', this.#mask(room, who));
  }

  unban(room, mask) {
    return this.mode(room, '-b', mask);
  }

  bans(room) {
    return questions.bans(this, room);
  }

  op(room, nick, adding = true) {
    return this.mode(room, adding ? '+o' : '-o', nick);
  }

  voice(room, nick, adding = true) {
    return this.mode(room, adding ? '+v' : '-v', nick);
  }

  mode(room, ...change) {
    return this.#ask('MODE', [room, ...change]);
  }

  modes(room) {
    return questions.modes(this, room);
  }

  renameRoom(room, to, reason = '') {
    return this.#ask('RENAME', reason ? [room, to, reason] : [room, to]);
  }

  rooms() {
    return questions.rooms(this);
  }

  whois(nick) {
    return questions.whois(this, nick);
  }

  chanserv(text) {
    return questions.service(this, 'ChanServ', text);
  }

  nickserv(text) {
    return questions.service(this, 'NickServ', text);
  }

  setAway(text = '') {
    this.chat.away = text;
    return this.#ask('AWAY', text ? [text] : []);
  }

  setNick(nick) {
    return this.#ask('NICK', [nick]);
  }

  // One's own account.

  setPassword(old, fresh) {
    return account.setPassword(this, old, fresh);
  }

  tokens() {
    return account.tokens(this);
  }

  removeToken(id) {
    return account.removeToken(this, id);
  }

  createInvitation(name = '') {
    return account.createInvitation(this, name);
  }

  exportData(onProgress) {
    return exportData(this, onProgress);
  }

  /** Any line of IRC; what is answered. @returns {Promise<import('./line.js').Line[]>} */
  async raw(text) {
    const { command, params, tags } = parse(text);
    return this.#do(() => this.#connected().ask(command, params, { tags }));
  }

  // For account.js, questions.js and export.js.

  /** Ask for oneself alone; the lines of the answer, or what was refused. */
  async demand(command, params) {
    return questions.unlessRefused(await this.#do(() => this.#connected().ask(command, params, { quiet: true })));
  }

  /** A page of lines after a selector, for nobody to show. */
  historyPage(conversation, selector) {
    return this.#page((history, one, done) => history.lines(one, 'AFTER', selector, done), conversation.name);
  }

  /** The password is another one: see to it that this device can come back. */
  async keepSignedIn(password) {
    const who = this.#who;
    const mine = await account.tokens(this).catch(() => []);
    if (who === null || mine.some((one) => one.own)) return;
    who.password = password;
    await this.#makeToken();
  }

  // The connection.

  #connect() {
    return new Connection(
      this.#url,
      {
        opened: () => this.#opened(),
        heard: (text) => this.#heard(text),
        lost: (why, retryIn) => this.#lost(why, retryIn),
        doubtful: (doubtful) => this.#do(() => this.chat.doubt(doubtful)),
      },
      this.#world,
    );
  }

  #enter(who, wanted) {
    this.#connection.stop();
    this.#first?.reject(new Refusal('GIVEN_UP', 'another sign-in has begun'));
    this.chat = new ChatState();
    this.#who = { ...who };
    this.tokenId = '';
    return new Promise((resolve, reject) => {
      this.#first = { wanted, resolve, reject };
      this.#become('connecting');
      try {
        new Login({ ...who, ...wanted }).start();
        this.#connection.start();
      } catch (error) {
        this.#refuse('BAD_NAME', error instanceof LineError ? 'a name or a password that can\'t be sent' : String(error));
      }
    });
  }

  /** What a server offers, by a connection of its own. */
  #look(invitation) {
    return new Promise((resolve, reject) => {
      const login = new Login({ purpose: 'ask', invitation });
      const end = (settle, value) => {
        connection.stop();
        settle(value);
      };
      const connection = new Connection(this.#url, {
        opened: () => connection.send(login.start()),
        heard: (text) => {
          connection.send(hearAll(login, text));
          const { outcome } = login;
          if (outcome !== null) end(outcome.ok ? resolve : reject, outcome.ok ? outcome : new Refusal(outcome.code, outcome.text));
        },
        lost: (why) => end(reject, new Refusal('OFFLINE', why)),
        doubtful: () => {},
      }, this.#world);
      connection.start();
    });
  }

  #opened() {
    this.#login = new Login({ ...this.#who, ...this.#first?.wanted });
    this.#connection.send(this.#login.start());
  }

  #heard(text) {
    if (this.#login !== null) {
      const login = this.#login;
      const lines = hearAll(login, text);
      this.#connection.send(lines);
      if (login.outcome !== null) this.#loggedIn(login.outcome, text);
      return;
    }
    let line;
    try {
      line = parse(text);
    } catch {
      return; // no line of IRC; other servers' business
    }
    this.#do(() => this.chat.hear(line, this.#world.now()));
    if (this.chat.broken) this.#connection.giveUp(this.chat.broken);
    else if (this.chat.ready && this.#status.status !== 'online') this.#welcomed();
  }

  /** @param {import('./login.js').Outcome} outcome */
  #loggedIn(outcome, text) {
    this.#login = null;
    if (!outcome.ok) {
      this.#refused(outcome);
      return;
    }
    this.chat.begin(outcome);
    this.chat.wantsCaps = (names) => {
      const wanted = names.filter((name) => CAPS.includes(name));
      if (wanted.length > 0) this.chat.send('CAP', 'REQ', wanted.join(' '));
    };
    this.#do(() => this.chat.hear(parse(text), this.#world.now()));
  }

  /** The name and the password (or token) are wrong, or the server has no time. */
  #refused({ code, text }) {
    const final = /^90[24]$/.test(code) || this.#first !== null || code === 'ACCOUNT_REQUIRED';
    if (final) this.#refuse(code, text);
    else this.#connection.giveUp(text);
  }

  #refuse(code, why) {
    const first = this.#first;
    this.#first = null;
    this.#connection.stop();
    this.#credentials.clear();
    this.#who = null;
    this.#become(first === null ? 'refused' : 'offline', { why });
    first?.reject(new Refusal(code, why));
  }

  #welcomed() {
    this.#connection.welcomed();
    this.#become('online');
    const first = this.#first;
    this.#first = null;
    if (first === null) return;
    const name = fold(this.chat.account);
    this.#saver.begin(name, this.chat);
    const ready = this.#makeToken().catch(() => {}); // without a token the sign-in lasts as long as the page
    ready.then(() => first.resolve());
  }

  async #makeToken() {
    if (!(ACCOUNTS in this.chat.offered)) return;
    const who = this.#who;
    const { id, token } = await account.makeToken(this, this.#device);
    if (this.#who !== who) return;
    this.tokenId = id;
    this.#who = { account: this.chat.account, password: token };
    this.#credentials.set({ account: this.chat.account, token, id });
  }

  #lost(why, retryIn) {
    this.#login = null;
    this.#teller.clear();
    this.chat.lost();
    if (this.#first !== null) {
      const first = this.#first;
      this.#first = null;
      this.#connection.stop();
      this.#become('offline', { why });
      first.reject(new Refusal('OFFLINE', why));
      return;
    }
    this.#become('retrying', { why, retryIn: Math.ceil(retryIn / 1000), retryAt: this.#world.now() + retryIn });
  }

  async #forget() {
    this.#saver.end();
    this.#connection.stop();
    this.#credentials.clear();
    this.#first?.reject(new Refusal('SIGNED_OUT', 'signed out'));
    this.#first = this.#who = null;
    this.tokenId = '';
    this.chat.lost();
    this.chat = new ChatState();
    this.#become('offline');
  }

  // How all of it happens.

  /** Let the state do something, send what it wants to send, tell that it may have changed. */
  #do(job) {
    const result = job();
    this.#connection.send(this.chat.take());
    this.#tell();
    return result;
  }

  #connected() {
    if (!this.chat.ready) throw new Refusal('OFFLINE', 'not connected');
    return this.chat;
  }

  /** Ask; what others see of it the state hears too. */
  async #ask(command, params) {
    return questions.unlessRefused(await this.#do(() => this.#connected().ask(command, params)));
  }

  #page(ask, target) {
    return new Promise((resolve, reject) => {
      const { history } = this.#connected();
      this.#do(() => ask(history, this.chat.conversation(target), { resolve, reject }));
    });
  }

  #tags(target, tags) {
    if (!this.chat.ready) return;
    this.#do(() => this.chat.sendLine({ command: 'TAGMSG', params: [target], tags }));
  }

  #mask(room, who) {
    if (/[!@*:]/.test(who)) return who;
    const member = this.chat.conversation(room).members.of(who);
    return member?.account && this.chat.isupport.get('EXTBAN') === ',am' ? `a:${member.account}` : `${who}!*@*`;
  }

  #become(status, { why = '', retryIn = 0, retryAt = 0 } = {}) {
    this.#status = { status, why, retryIn, retryAt };
    this.#tell();
  }

  #tell() {
    this.#telling ??= this.#world.setTimeout(() => this.#tellNow(), TOGETHER);
  }

  #tellNow() {
    this.#telling = null;
    const fresh = this.chat.fresh.splice(0);
    for (const one of fresh) if (!one.entry.own) for (const listener of this.#speechListeners) listener(one);
    for (const listener of this.#listeners) listener();
    this.#saver.changed();
    const next = this.chat.tick(this.#world.now());
    this.#world.clearTimeout(this.#typingTimer);
    if (next === Infinity) return;
    this.#typingTimer = this.#world.setTimeout(() => this.#tell(), Math.max(0, next - this.#world.now()));
  }
}

/** Let a login hear a text; what is to be sent. */
function hearAll(login, text) {
  try {
    return login.hear(parse(text));
  } catch {
    return [];
  }
}
