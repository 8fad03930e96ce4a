/**
 * A tiny chat server without a socket: one room, direct messages with one person, and every freedom that the real one
 * has. It may commit without telling yet, answer late, and lose any connection at any line.
 */

import { parse } from '../../../chatstore/web/irc/line.js';
import { formatTime, parseTime } from '../../../chatstore/web/irc/times.js';

export const ME = 'bob';
export const OTHER = 'alice';
export const ROOM = '#main';
export const CAPS = ['message-tags', 'batch', 'server-time', 'echo-message', 'draft/chathistory', 'draft/event-playback'];
const EPOCH = 1_700_000_000_000;

/** `place` in its buffer, who said it, its text; `told` to those who are connected. */
const event = (place, nick, to, text) => ({ place, nick, to, text, told: false });

export class ModelServer {
  logs = { [ROOM]: [], [OTHER]: [] };
  member = false;
  connected = false;
  incoming = [];
  outgoing = [];
  #batches = 0;
  /** Of its database; '' as of a server that names none. */
  incarnation = '';

  /** @param {number} page lines of history it gives at once @param {boolean} labels */
  /** Whether every third page is cut. */
  cuts = true;

  constructor(page, labels) {
    this.page = page;
    this.caps = labels ? [...CAPS, 'labeled-response'] : CAPS;
  }

  connect() {
    Object.assign(this, { connected: true, incoming: [], outgoing: [] });
    this.out(
      `:s 001 ${ME} :Welcome to X, ${ME}!u@h`,
      `:s 005 ${ME} CHATHISTORY=${this.page} ${this.incarnation && `chatstore/INCARNATION=${this.incarnation} `}:are supported`,
      `:s 422 ${ME} :no MOTD`,
    );
    if (this.member) this.#names(`:${ME}!u@h JOIN ${ROOM}`);
  }

  disconnect() {
    Object.assign(this, { connected: false, incoming: [], outgoing: [] });
  }

  out(...lines) {
    if (this.connected) this.outgoing.push(...lines);
  }

  commit(to, nick, text) {
    this.logs[to].push(event(this.logs[to].length + 1, nick, to, text));
  }

  /** A backup with so many events of each buffer is put back: further ones get numbers that others had. */
  putBack(count, incarnation) {
    this.incarnation = incarnation;
    for (const name of Object.keys(this.logs)) this.logs[name] = this.logs[name].slice(0, count);
  }

  /** Deliver what is committed and not told yet. */
  tell(label = '') {
    for (const [name, log] of Object.entries(this.logs)) {
      for (const one of log.filter(({ told }) => !told)) {
        one.told = true;
        const mine = label && one === log[log.length - 1] ? label : '';
        if (name !== ROOM || this.member) this.out(this.render(one, '', mine));
      }
    }
  }

  render({ place, nick, to, text }, batch = '', label = '') {
    const target = nick === ME || to === ROOM ? to : ME;
    const tags = [`time=${formatTime(EPOCH + place * 10)}`, `msgid=${to === ROOM ? 1 : 2}-${place}`];
    if (batch) tags.push(`batch=${batch}`);
    if (label) tags.push(`label=${label}`);
    const said = text === 'JOIN' ? `JOIN ${target}` : `PRIVMSG ${target} :${text}`;
    return `@${tags.join(';')} :${nick}!u@h ${said}`;
  }

  /** Do the first line that has come and was not done yet. */
  hearOne() {
    if (this.incoming.length === 0) return;
    const { command, params, tags } = parse(this.incoming.shift());
    if (command === 'PING') this.out(`:s PONG s :${params[0]}`);
    else if (command === 'PRIVMSG') {
      this.tell();
      this.commit(params[0], ME, params[1]);
      this.tell(tags.label);
    } else if (command === 'JOIN' && !this.member) {
      this.tell();
      this.member = true;
      this.commit(ROOM, ME, 'JOIN');
      this.tell(tags.label);
      this.#names();
    } else if (command === 'CHATHISTORY') this.#history(params[0], ...params.slice(1));
  }

  #names(...before) {
    this.out(...before, `:s 353 ${ME} = ${ROOM} :${ME} ${OTHER}`, `:s 366 ${ME} ${ROOM} :end`);
  }

  #history(subcommand, ...params) {
    this.#batches += 1;
    const batch = String(this.#batches);
    if (subcommand === 'TARGETS') {
      this.out(`:s BATCH +${batch} draft/chathistory-targets`);
      for (const [name, log] of Object.entries(this.logs)) {
        const time = formatTime(EPOCH + log.length * 10);
        if (log.length > 0) this.out(`@batch=${batch} :s CHATHISTORY TARGETS ${name} ${time}`);
      }
    } else {
      const limit = Math.min(Number(params[params.length - 1]), this.page);
      let found = this.#page(subcommand, this.logs[params[0]], params.slice(1, -1).map(placeOf), limit);
      let partial = '';
      if (this.cuts && batch % 3 === 0 && found.length > 1 && subcommand !== 'AROUND') {
        // As a server does for which these have too many bytes.
        const half = Math.floor(found.length / 2);
        found = subcommand === 'AFTER' ? found.slice(0, half) : found.slice(half);
        partial = '@chatstore/partial ';
      }
      this.out(`${partial}:s BATCH +${batch} chathistory ${params[0]}`, ...found.map((one) => this.render(one, batch)));
    }
    this.out(`:s BATCH -${batch}`);
  }

  #page(subcommand, log, [one, other], limit) {
    if (subcommand === 'LATEST') return log.slice(-limit);
    if (subcommand === 'AFTER') return log.filter(({ place }) => place > one).slice(0, limit);
    if (subcommand === 'BEFORE') return log.filter(({ place }) => place < one).slice(-limit);
    if (subcommand === 'BETWEEN') return log.filter(({ place }) => place < one && place > other).slice(-limit);
    const before = Math.floor(limit / 2);
    const start = Math.max(0, Math.min(one - 1 - before, log.length - limit));
    return log.slice(start, start + limit);
  }
}

function placeOf(selector) {
  const [kind, value] = selector.split('=');
  return kind === 'msgid' ? Number(value.split('-')[1]) : (parseTime(value) - EPOCH) / 10;
}
