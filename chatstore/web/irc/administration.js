/**
 * What administrators do on the page, and reports of messages by everybody. Spec: docs/extensions.md,
 * chatstore/administration.
 */

import { attributesIn, attributesOf } from './attributes.js';
import { bots } from './bots.js';
import { ChatError } from './errors.js';
import { parseTags } from './line.js';
import { request, throwIfRefused } from './queries.js';
import { parseTime } from './times.js';
import { hookIn } from './webhooks.js';

/** @typedef {import('./line.js').Line} Line */
/** @typedef {import('./session.js').Session} Session */

/** Rows of a list in one answer. */
const PAGE = 50;
const timeOrNever = (until) => (until ? new Date(until).toISOString() : '*');

export class Administration {
  #session;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** Ask what waits; `state.administration` follows. @throws {ChatError} for those who are no administrators */
  async allowed() {
    throwIfRefused(await this.#session.ask('PEOPLE', ['ALLOWED']));
  }

  /** Give the own password again: some acts need it on a connection that came by a token. */
  async confirm(password) {
    await request(this.#session, 'OPER', [this.#session.chat.account, password]);
  }

  // People.

  /**
   * A page of the accounts.
   * @param {{match?: string, status?: string, unused?: string, after?: string}} wanted `after`: the last name before
   */
  people({ match = '', status = '', unused = '', after = '' } = {}) {
    return this.#page('PEOPLE', { match, status, unused, after }, named, (row) => row.name);
  }

  /** One account, with its rooms as [{name, prefix}]. */
  async account(name) {
    const { params: [, shown, words] } = await this.#one('PEOPLE', 'SHOW', [name]);
    const { rooms = '', ...more } = attributesIn(words);
    return { name: shown, ...more, rooms: String(rooms).split(',').filter(Boolean).map(roomIn) };
  }

  suspend(name, until, reason) {
    return this.#one('PEOPLE', 'SUSPEND', [name, timeOrNever(until), reason]);
  }

  restore(name) {
    return this.#one('PEOPLE', 'RESTORE', [name]);
  }

  /** A one-use link with which the person sets a new password: {link, expires}. */
  async reset(name) {
    const { params: [, , code, expires, link = ''] } = await this.#one('PEOPLE', 'RESET', [name]);
    return { link: link || code, expires: parseTime(expires) };
  }

  setAdmin(name, on) {
    return this.#one('PEOPLE', 'ADMIN', [name, on ? 'on' : 'off']);
  }

  async devices(name) {
    const rowOf = ([, id, words, label = '']) => {
      const { rooms = '*', scopes = '', ...more } = attributesIn(words);
      return { id, label, scopes, rooms: rooms === '*' ? '' : rooms, ...more };
    };
    return this.#list('PEOPLE', 'DEVICES', [name], rowOf, 1);
  }

  /** Sign a device out; `*` for all of them. */
  signOut(name, id) {
    return this.#one('PEOPLE', 'SIGNOUT', [name, id]);
  }

  remove(name) {
    return this.#one('PEOPLE', 'REMOVE', [name]);
  }

  /** Remove an account, and begin to erase everything that they said. A notice follows when it is done. */
  erase(name) {
    return this.#one('PEOPLE', 'ERASE', [name]);
  }

  waiting() {
    return this.#list('PEOPLE', 'WAITING', [], named);
  }

  approve(name) {
    return this.#one('PEOPLE', 'APPROVE', [name]);
  }

  refuse(name) {
    return this.#one('PEOPLE', 'REFUSE', [name]);
  }

  // Invitations.

  /**
   * A page of the invitations and one-use links, newest first.
   * @param {{state?: 'open' | 'used' | 'expired' | 'all', before?: string}} wanted `before`: the last id before
   */
  invitations({ state = 'open', before = '' } = {}) {
    const read = ([id, words]) => ({ id, ...attributesIn(words) });
    return this.#page('INVITATION', { state, before }, read, (row) => row.id);
  }

  /** Create an invitation: {link, expires}. */
  async invite({ name = '', admin = false, days = '' }) {
    const words = attributesOf({ admin: admin ? '1' : '', days });
    const params = words === '*' ? (name ? [name] : []) : [name || '*', words];
    const { params: [, code, expires, , link = ''] } = await this.#one('INVITATION', 'CREATE', params);
    return { link: link || code, expires: parseTime(expires) };
  }

  revoke(id) {
    return this.#one('INVITATION', 'REVOKE', [id]);
  }

  // Rooms.

  rooms({ match = '', after = '' } = {}) {
    return this.#page('ROOMS', { match, after }, named, (row) => row.name);
  }

  /** The values of a room's settings as texts, with `founder` and `motd`. */
  async room(name) {
    return settingsIn(await this.#one('ROOMS', 'SHOW', [name]));
  }

  async setRoom(name, { motd, ...settings }) {
    const words = attributesOf(settings);
    const params = motd === undefined ? [name, words] : [name, words, motd];
    return settingsIn(await this.#one('ROOMS', 'SET', params, 'SHOW'));
  }

  /** A page of a room's members, by nick. */
  members(room, { match = '', after = '' } = {}) {
    const rowOf = ([, nick, words]) => ({ nick, role: '', ...attributesIn(words) });
    return this.#page('ROOMS', { match, after }, rowOf, (row) => row.nick, ['MEMBERS', room]);
  }

  setFounder(room, name) {
    return this.#one('ROOMS', 'FOUNDER', [room, name]);
  }

  /** @param {'operator' | 'voice' | 'member'} role */
  setRole(room, nick, role) {
    return this.#one('ROOMS', 'ROLE', [room, nick, role]);
  }

  kick(room, nick, reason = '') {
    return this.#one('ROOMS', 'KICK', reason ? [room, nick, reason] : [room, nick]);
  }

  removeRoom(room) {
    return this.#one('ROOMS', 'REMOVE', [room]);
  }

  // Programs.

  /** Everybody's bots, and the server's own; see bots.js. */
  async bots() {
    return (await bots(this.#session, { all: true })) ?? [];
  }

  /** A page of the webhooks of all rooms, the oldest first, each with its `room`; see webhooks.js. */
  webhooks(after = '') {
    const rowOf = ([room, id, words, name = '']) => ({ room, ...hookIn(id, words, name) });
    return this.#page('HOOK', { after }, rowOf, (row) => row.id, ['LIST', '*']);
  }

  // The audit log, newest first.

  /** `rooms`: also what people who are no administrators did in rooms. */
  audit({ by = '', about = '', action = '', rooms = false, since = 0, until = 0, before = '' } = {}) {
    const times = { since: since ? timeOrNever(since) : '', until: until ? timeOrNever(until) : '' };
    const rowOf = ([id, time, what, words, detail = '']) => (
      { id, time: parseTime(time), action: what, detail, ...parseTags(words === '*' ? '' : words) });
    const wanted = { by, about, action, rooms: rooms ? '1' : '', before, ...times };
    return this.#page('AUDIT', wanted, rowOf, (row) => row.id);
  }

  // Bans of addresses, networks and people from the whole server.

  bans() {
    const rowOf = ([id, mask, words, reason = '']) => ({ id, mask, reason, ...attributesIn(words) });
    return this.#list('BAN', 'LIST', [], rowOf);
  }

  ban(mask, until, reason) {
    return this.#one('BAN', 'ADD', [mask, timeOrNever(until), reason]);
  }

  unban(id) {
    return this.#one('BAN', 'REMOVE', [id]);
  }

  // Reports of messages.

  /** Report a message to the administrators; anybody with an account may. */
  report(target, msgid, reason = '') {
    return request(this.#session, 'REPORT', [target, msgid, reason]);
  }

  /**
   * A page of the reports: of the open ones the oldest first, of the closed ones the latest.
   * @param {'open' | 'closed'} state
   * @param {string} last the id of the last one before
   */
  reports(state = 'open', last = '') {
    const wanted = { state, [state === 'open' ? 'after' : 'before']: last };
    const rowOf = ([id, words, reason = '']) => {
      const { closed = '', ...attributes } = parseTags(words);
      const times = { sent: parseTime(attributes.sent), at: parseTime(attributes.at), closed: parseTime(closed) };
      return { id, reason, ...attributes, ...times };
    };
    return this.#page('REPORTS', wanted, rowOf, (row) => row.id);
  }

  closeReport(id, decision = '') {
    return this.#one('REPORTS', 'CLOSE', decision ? [id, decision] : [id]);
  }

  /** Remove the reported message, which closes all reports of it. */
  redactReported(id, reason = '') {
    return this.#one('REPORTS', 'REDACT', reason ? [id, reason] : [id]);
  }

  /** How the server is: its figures, and `warnings` as [{key, text}]. */
  async status() {
    const lines = (await this.#ask('STATUS', [])).filter(({ command }) => command === 'STATUS');
    const figures = lines.find(({ params: [first] }) => first !== 'WARNING' && first !== '*');
    const warnings = lines.filter(({ params: [first] }) => first === 'WARNING')
      .map(({ params: [, key, text = ''] }) => ({ key, text }));
    return { ...attributesIn(figures?.params[0]), warnings };
  }

  // Internals.

  /** Send a command. Who was an administrator and is none any more learns it here. @returns {Promise<Line[]>} */
  async #ask(command, params) {
    try {
      return await request(this.#session, command, params);
    } catch (error) {
      if (error.code === 'ADMIN_REQUIRED') this.#session.act(() => this.#session.chat.isNoAdministrator());
      throw error;
    }
  }

  /** The line that answers an act. `answer`: its subcommand. @returns {Promise<Line>} */
  async #one(command, subcommand, params, answer = subcommand) {
    const lines = await this.#ask(command, [subcommand, ...params]);
    const found = lines.find((line) => line.command === command && line.params[0] === answer);
    if (found === undefined) throw new ChatError('NO_ANSWER', 'The server gave no answer.');
    return found;
  }

  /** The rows of a list without its last line, `*`. `place`: where the `*` stands in it after the subcommand. */
  async #list(command, subcommand, params, rowOf, place = 0) {
    const lines = await this.#ask(command, [subcommand, ...params]);
    return lines.filter((line) => line.command === command && line.params[0] === subcommand)
      .map((line) => line.params.slice(1))
      .filter((rest) => rest[place] !== '*')
      .map(rowOf);
  }

  /**
   * A page of a long list: {rows, more}. `more`: what to ask on with, '' after the last page. `question`: the
   * subcommand and what comes before the attributes.
   */
  async #page(command, wanted, rowOf, cursorOf, [subcommand, ...params] = ['LIST']) {
    const given = [...params, attributesOf({ ...wanted, limit: PAGE })];
    const rows = await this.#list(command, subcommand, given, rowOf, params.length);
    return { rows, more: rows.length === PAGE ? cursorOf(rows[PAGE - 1]) : '' };
  }
}

/** A row that is a name and attributes. */
function named([name, words]) {
  return { name, ...attributesIn(words) };
}

/** A room and the person's role in it: `#tea @`. */
function roomIn(text) {
  const [name, prefix = ''] = text.split(' ');
  return { name, prefix };
}

function settingsIn({ params: [, , words = '', motd = ''] }) {
  return { ...parseTags(words === '*' ? '' : words), motd };
}
