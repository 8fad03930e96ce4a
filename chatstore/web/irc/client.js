/**
 * The interface of the IRC layer: `client.state` is what the page shows, and each thing that a person does is a method.
 *
 * Subscribers are called after changes, once for all changes within a few ms. Promises reject with a ChatError, whose
 * `code` is a numeric, the code of a standard reply, or one of ours (LOST, OFFLINE, NO_ANSWER, …).
 */

import * as account from './account.js';
import { Administration } from './administration.js';
import * as bots from './bots.js';
import { ChatError } from './errors.js';
import { NoCache } from './cache.js';
import { realBrowser } from './connection.js';
import { exportData } from './export.js';
import { filehostIn, placesOf } from './file-links.js';
import { FileStore } from './file-store.js';
import { parse } from './line.js';
import { Listeners } from './listeners.js';
import { registrationIn } from './login.js';
import { fold } from './names.js';
import { AVATAR, DISPLAY_NAME, NOBODY } from './profiles.js';
import * as push from './push.js';
import * as questions from './queries.js';
import { Session } from './session.js';
import { TypingSender } from './typing.js';
import { Uploads } from './uploads.js';
import { buffersOf, featuresOf } from './view.js';
import * as hooks from './webhooks.js';

/** ms: changes within this time are reported together. */
const TOGETHER = 16;
/** ms: browsers take longer ones for none at all. */
const LONGEST_WAIT = 3_600_000;
/** Lines in a page of older messages. */
const OLDER = 50;

/** The browser's localStorage; null where it is blocked: there the mere access throws. */
export function storageOf(browser) {
  try {
    return browser.localStorage ?? null;
  } catch {
    return null; // Credentials works without it
  }
}

export class Client {
  #browser;
  #session;
  #listeners = new Listeners();
  #messageListeners = new Listeners();
  #telling = null;
  #typingTimer = null;
  #typingSender = new TypingSender();
  /** What administrators do. @type {Administration} */
  administration;
  /** The files on the server. @type {FileStore} */
  files;
  /** Files that are about to be sent. @type {Uploads} */
  uploads;
  /** The address of the page, which the files are beside. */
  #address;
  #places = [];

  /**
   * @param {{url: string, storage?: Storage, cache?: import('./cache.js').NoCache, device?: string,
   *   browser?: import('./connection.js').Browser}} options `storage` keeps the sign-in, `cache` the buffers;
   *   `device`: the name of this browser in the list of devices
   */
  constructor({ url, storage = storageOf(globalThis), cache = new NoCache(), device = '', browser = realBrowser() }) {
    this.#browser = browser;
    this.#session = new Session({ url, storage, cache, device, browser, changed: () => this.#tell() });
    this.administration = new Administration(this.#session);
    this.#address = url.replace(/^ws/, 'http');
    this.files = new FileStore({
      place: () => this.#filehost, authorization: () => this.#session.authorization,
    });
    this.uploads = new Uploads({
      upload: (file, options) => this.files.upload(file, options), remove: (token) => this.files.remove(token),
      say: (target, text, more) => this.say(target, text, more), changed: () => this.#tell(),
    });
  }

  /** Where files are sent: beside the page, if the server's own address is another origin. */
  get #filehost() {
    const told = filehostIn(this.chat.isupport);
    return told.startsWith(this.#address) ? told : `${this.#address}files`;
  }

  /** How links to files of this server begin. The same array while nothing changes. */
  get filePlaces() {
    const places = placesOf(filehostIn(this.chat.isupport), this.#address);
    if (places.join() !== this.#places.join()) this.#places = places;
    return this.#places;
  }

  // State.

  get state() {
    const { chat, connection } = this.#session;
    return {
      connection, nick: chat.nick, account: chat.account, caps: chat.caps, away: chat.away,
      features: featuresOf(chat), buffers: buffersOf(chat), invites: chat.invites,
      notices: chat.notices, settings: [...chat.settings.values()], administration: chat.administration,
      notify: chat.notify.all, ignore: { direct: chat.ignore.direct, people: chat.ignore.people },
    };
  }

  /** Call the listener after changes. Returns a function that ends it. */
  subscribe(listener) {
    return this.#listeners.add(listener);
  }

  /** Call the listener with ({target, entry}) for each live message of others. Returns a function that ends it. */
  onMessage(listener) {
    return this.#messageListeners.add(listener);
  }

  // Signing in and out.

  /** @returns {Promise<void>} */
  signIn({ account: name, password }) {
    return this.#session.enter({ account: name, password }, { purpose: 'login' });
  }

  /** Set the password of an existing account by a one-use link, and sign in to it. */
  resetPassword({ account: name, password, code }) {
    return this.#session.enter({ account: name, password }, { purpose: 'register', invitation: code });
  }

  /** Create an account, sign in to it, and join the server's default rooms. */
  async register({ account: name, password, code = '' }) {
    await this.#session.enter({ account: name, password }, { purpose: 'register', invitation: code });
    const rooms = (this.chat.offered['chatstore/rooms'] ?? '').split(',').filter((room) => room.startsWith('#'));
    await Promise.allSettled(rooms.map((room) => this.join(room)));
  }

  /** Look an invitation up: {role, name, expires}; `expires` in the server's time format. */
  async checkInvitation(code) {
    const { role, name, expires } = (await this.#session.look(code)).invitation;
    return { role, name, expires };
  }

  /** Who may create an account: 'open', 'approval', 'invite' or 'closed'; see registrationIn(). */
  async registration() {
    return registrationIn((await this.#session.look('')).offered);
  }

  /** Resume a saved sign-in: show the cached buffers and connect. Returns whether there is one. */
  resume() {
    return this.#session.resume();
  }

  /**
   * Sign out: revoke the token if the server can be reached, and delete everything saved in this browser.
   * @param {() => void} [forget] deletes what the page has saved
   */
  signOut(forget) {
    this.uploads.clear();
    return this.#session.signOut(forget);
  }

  /** Whether somebody is signed in; false while a first sign-in is in progress. */
  get signedIn() {
    return this.#session.signedIn;
  }

  /** Save everything to the cache now. */
  saved() {
    return this.#session.cacheWriter.save();
  }

  /** Reconnect at once. */
  retryNow() {
    this.#session.wake();
  }

  /** Tell which buffer is open, '' for none: it catches up first, and only for it do we ask who is away. */
  watch(target) {
    if (this.chat.open !== fold(target)) this.#session.act(() => this.chat.watch(target));
  }

  // Actions. `target` is a room's name or a nick.

  /** Send a message; it is pending until the server has stored it. */
  say(target, text, { replyTo = '' } = {}) {
    this.#session.act(() => this.chat.outbox.say(target, text, { replyTo, now: this.#browser.now() }));
    this.#typingSender.sent(target);
  }

  sayAction(target, text) {
    this.#session.act(() => this.chat.outbox.say(target, text, { action: true, now: this.#browser.now() }));
    this.#typingSender.sent(target);
  }

  /** Send a failed message again. */
  retry(target, key) {
    this.#session.act(() => this.chat.outbox.retry(target, key));
  }

  discard(target, key) {
    this.#session.act(() => this.chat.outbox.discard(target, key));
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
    if (this.#typingSender.shouldSend(target, what, this.#browser.now())) this.#tags(target, { '+typing': what });
  }

  redact(target, msgid, reason = '') {
    return this.#ask('REDACT', reason ? [target, msgid, reason] : [target, msgid]);
  }

  /** Give a message of ours another text. */
  async edit(target, msgid, text) {
    const tags = { 'draft/target-msgid': msgid, 'draft/edit-text': text };
    questions.throwIfRefused(await this.#session.ask('EDIT', [target], { tags }));
  }

  earlierTexts(target, msgid) {
    return questions.earlierTexts(this.#session, target, msgid);
  }

  pins(room) {
    return questions.pins(this.#session, room);
  }

  pin(room, msgid, adding = true) {
    return this.#ask(adding ? 'PIN' : 'UNPIN', [room, msgid]);
  }

  markRead(target) {
    this.#session.act(() => this.chat.markRead(target));
  }

  /** Fetch lines before the first one, or in the gap with this key: {count, complete, moved}; see history.js. */
  older(target, gap = '', limit = OLDER) {
    return this.#page((history, buffer, done) => history.older(buffer, limit, gap, done), target);
  }

  /** Fetch a message and its surroundings: {count, complete}. */
  around(target, msgid, limit = OLDER) {
    return this.#page((history, buffer, done) => history.around(buffer, msgid, limit, done), target);
  }

  search(wanted) {
    return questions.search(this.#session, wanted);
  }

  /** Join a room. @returns {Promise<string>} its name as the server spells it */
  async join(name, key = '') {
    questions.throwIfRefused(await this.#session.act(() => this.chat.join(name, key)));
    return this.chat.buffer(name).name;
  }

  /** Leave a room; remove it from the list if we are no longer in it. */
  async part(name) {
    const buffer = this.chat.buffers.get(fold(name));
    if (buffer?.joined) await this.#ask('PART', [name]);
    else if (buffer !== undefined) this.#session.act(() => this.chat.forget(buffer));
  }

  /** Remove a buffer from the list; it comes back with the next message. */
  close(name) {
    const buffer = this.chat.buffers.get(fold(name));
    if (buffer !== undefined && !buffer.joined) this.#session.act(() => this.chat.forget(buffer));
  }

  /** Open a direct conversation and fetch its last lines. */
  openDirect(nick) {
    const buffer = this.#session.act(() => this.chat.buffer(nick));
    if (this.chat.ready && !buffer.timeline.coverage.oldest) this.#lookUp(buffer);
    return buffer.name;
  }

  /**
   * Open a direct conversation by a name that somebody typed.
   * @throws {ChatError} where no one has that name; no buffer opens then
   * @throws {ChatError}
   */
  async startDirect(nick) {
    const known = this.chat.buffers.has(fold(nick));
    const buffer = this.#session.act(() => this.chat.buffer(nick));
    if (this.chat.ready && !buffer.timeline.coverage.oldest) await this.#lookUp(buffer);
    if (buffer.unknown) {
      if (!known) this.close(nick);
      throw new ChatError('401', `No one here has the name ${nick}.`);
    }
    return buffer.name;
  }

  setTopic(room, topic) {
    return this.#ask('TOPIC', [room, topic]);
  }

  invite(nick, room) {
    return this.#ask('INVITE', [nick, room]);
  }

  /** Decline an invite to a room. */
  decline(room) {
    this.#session.act(() => this.chat.decline(room));
  }

  kick(room, nick, reason = '') {
    return this.#ask('KICK', reason ? [room, nick, reason] : [room, nick]);
  }

  /** Ban a nick or a mask. */
  ban(room, who) {
    return this.mode(room, '+b', this.#mask(room, who));
  }

  unban(room, mask) {
    return this.mode(room, '-b', mask);
  }

  bans(room) {
    return questions.bans(this.#session, room);
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
    return questions.modes(this.#session, room);
  }

  /** The values of a room's settings, as texts by name. `state.settings` describes them. */
  roomSettings(room) {
    return questions.roomSettings(this.#session, room);
  }

  /** Change some settings: values by name. */
  setRoomSettings(room, settings) {
    return questions.setRoomSettings(this.#session, room, settings);
  }

  renameRoom(room, to, reason = '') {
    return this.#ask('RENAME', reason ? [room, to, reason] : [room, to]);
  }

  rooms() {
    return questions.rooms(this.#session);
  }

  whois(nick) {
    return questions.whois(this.#session, nick);
  }

  chanserv(text) {
    return questions.service(this.#session, 'ChanServ', text);
  }

  nickserv(text) {
    return questions.service(this.#session, 'NickServ', text);
  }

  setAway(text = '') {
    this.chat.away = text;
    return this.#ask('AWAY', text ? [text] : []);
  }

  setNick(nick) {
    return this.#ask('NICK', [nick]);
  }

  // Webhooks of a room, for its operators; see webhooks.js.

  webhooks(room) {
    return hooks.webhooks(this.#session, room);
  }

  addWebhook(room, wanted) {
    return hooks.addWebhook(this.#session, room, wanted);
  }

  renewWebhook(room, id) {
    return hooks.renewWebhook(this.#session, room, id);
  }

  removeWebhook(room, id) {
    return hooks.removeWebhook(this.#session, room, id);
  }

  testWebhook(room, id) {
    return hooks.testWebhook(this.#session, room, id);
  }

  enableWebhook(room, id, enabled) {
    return hooks.enableWebhook(this.#session, room, id, enabled);
  }

  // The own account.

  setPassword(old, fresh) {
    return account.setPassword(this.#session, old, fresh);
  }

  tokens() {
    return account.tokens(this.#session);
  }

  /** Make a token for a program: {password, label, scopes, rooms}. */
  makeToken(wanted) {
    return account.makeToken(this.#session, wanted);
  }

  // One's own bots; see bots.js.

  bots() {
    return bots.bots(this.#session);
  }

  addBot(name, password) {
    return bots.addBot(this.#session, name, password);
  }

  addBotToken(name, wanted) {
    return bots.addBotToken(this.#session, name, wanted);
  }

  revokeBot(name) {
    return bots.revokeBot(this.#session, name);
  }

  removeBot(name) {
    return bots.removeBot(this.#session, name);
  }

  directPreviews() {
    return account.directPreviews(this.#session);
  }

  setDirectPreviews(on) {
    return account.setDirectPreviews(this.#session, on);
  }

  /** How a person wants to be shown: the same object until it changes. @returns {import('./profiles.js').Profile} */
  profile(nick) {
    return this.chat.profiles.of(nick);
  }

  /** How to show who said a message: of guests, the nick alone, which may have been somebody else's before. */
  lookOf({ nick, account: name, own }) {
    return name || own ? this.profile(nick) : NOBODY;
  }

  /** Ask how a person wants to be shown, who may be in no room of ours. */
  askProfile(nick) {
    this.#session.act(() => this.chat.askProfile(nick));
  }

  /** Folded names of the account's favourites; null where the server has told none, as it does to guests. */
  get favourites() {
    return this.chat.favourites;
  }

  setFavourite(name, yes) {
    return account.setFavourite(this.#session, name, yes);
  }

  setDisplayName(name) {
    return account.setProfile(this.#session, DISPLAY_NAME, name);
  }

  /** Upload a picture, and show it as ours. The server removes the one before. */
  async setPicture(file) {
    const { url, token } = await this.files.upload(file, { progress: () => {}, stopped: () => {} });
    try {
      await account.setProfile(this.#session, AVATAR, url);
    } catch (error) {
      this.files.remove(token).catch(() => {}); // the server collects it later all the same
      throw error;
    }
  }

  removePicture() {
    return account.setProfile(this.#session, AVATAR, '');
  }

  removeToken(id) {
    return account.removeToken(this.#session, id);
  }

  registerPush(subscription) {
    return push.registerPush(this.#session, subscription);
  }

  unregisterPush(endpoint) {
    return push.unregisterPush(this.#session, endpoint);
  }

  /** Set what a conversation tells of: {level, until}; see notify.js. */
  setNotify(name, wanted) {
    return account.setNotify(this.#session, name, wanted);
  }

  /** Set what counts for all conversations: {rooms, direct, keywords, quiet, zone}. */
  setNotifyAll(wanted) {
    return account.setNotifyAll(this.#session, wanted);
  }

  /** Whether somebody, or the author of a message, is ignored: {nick, account}. */
  isIgnored(said) {
    return this.chat.ignore.has(said);
  }

  setIgnored(nick, on) {
    return account.setIgnored(this.#session, nick, on);
  }

  setDirectFrom(whom) {
    return account.setDirectFrom(this.#session, whom);
  }

  /** Whether to ring for a new message of others. */
  rings({ target, entry }) {
    const { notify } = this.chat;
    const now = this.#browser.now();
    const level = notify.level(target, now);
    const counts = entry.mention || (level === 'all' && entry.kind !== 'notice');
    return level !== 'nothing' && counts && !notify.quietAt(now);
  }

  mayInvite() {
    return account.mayInvite(this.#session);
  }

  createInvitation(name = '') {
    return account.createInvitation(this.#session, name);
  }

  exportData(onProgress) {
    return exportData(this.#session, onProgress);
  }

  /** Send any line of IRC. @returns {Promise<import('./line.js').Line[]>} the answer */
  async raw(text) {
    const { command, params, tags } = parse(text);
    return this.#session.ask(command, params, { tags });
  }

  // Internals.

  get chat() {
    return this.#session.chat;
  }

  /** Send a command and wait for its answer, which the state handles as well. */
  async #ask(command, params) {
    return questions.throwIfRefused(await this.#session.ask(command, params));
  }

  /** Fetch the last lines of a direct conversation, or learn that no one has that name. */
  async #lookUp(buffer) {
    const { name } = buffer;
    try {
      await this.older(name);
      if (buffer.entries.length > 0) return;
      await this.#page((history, one, done) => history.lines(one, 'LATEST', '*', done), name);
      this.#session.act(() => buffer.setUnknown(false));
    } catch (error) {
      if (error.code === 'INVALID_TARGET') this.#session.act(() => buffer.setUnknown(true));
    }
  }

  #page(ask, target) {
    return questions.page(this.#session, target, ask);
  }

  #tags(target, tags) {
    if (!this.chat.ready) return;
    this.#session.act(() => this.chat.sendLine({ command: 'TAGMSG', params: [target], tags }));
  }

  #mask(room, who) {
    if (/[!@*:]/.test(who)) return who;
    const member = this.chat.buffer(room).members.of(who);
    return member?.account && this.chat.isupport.get('EXTBAN') === ',am' ? `a:${member.account}` : `${who}!*@*`;
  }

  #tell() {
    this.#telling ??= this.#browser.setTimeout(() => this.#tellNow(), TOGETHER);
  }

  #tellNow() {
    this.#telling = null;
    const { chat, cacheWriter } = this.#session;
    const fresh = chat.arrived.splice(0).filter(({ entry }) => !entry.own);
    for (const one of fresh) this.#messageListeners.tell(one);
    this.#listeners.tell();
    cacheWriter.changed();
    const next = chat.tick(this.#browser.now());
    this.#browser.clearTimeout(this.#typingTimer);
    if (next === Infinity) return;
    const wait = Math.min(LONGEST_WAIT, Math.max(0, next - this.#browser.now()));
    this.#typingTimer = this.#browser.setTimeout(() => this.#tell(), wait);
  }
}
