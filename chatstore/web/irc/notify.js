/**
 * What the account wants to be told of while it looks elsewhere, the same on all of its devices.
 * Spec: docs/extensions.md, chatstore/notify.
 */

import { parseTags } from './line.js';
import { fold, isRoom, mentionMatcher } from './names.js';
import { parseTime } from './times.js';

/** The capability of servers that keep it. */
export const NOTIFY = 'chatstore/notify';
/** What there is to be told of: everything, what mentions us, or nothing. */
export const LEVELS = ['all', 'mentions', 'nothing'];
const HOURS = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/;

/**
 * For all conversations. `rooms`, `direct`: the levels of those without one of their own. `quiet`: the hours without
 * anything, `22:00-07:00` by the clock of `zone`; '' for none.
 * @typedef {{rooms: string, direct: string, keywords: string[], quiet: string, zone: string}} ForAll
 * For one conversation. `level`: '' for that of all. `until`: nothing until then, in ms; 0 while it is not muted.
 * @typedef {{level: string, until: number}} ForOne
 */

/** @type {ForAll} */
const DEFAULT = Object.freeze({ rooms: 'mentions', direct: 'all', keywords: [], quiet: '', zone: 'UTC' });
/** @type {ForOne} */
const NO_OWN = Object.freeze({ level: '', until: 0 });

export class Notify {
  /** @type {ForAll} */
  all = DEFAULT;
  /** By folded name. @type {Map<string, ForOne>} */
  #own = new Map();
  #keywords = [];

  /** Take a line. @param {import('./line.js').Line} line */
  heard({ params: [subcommand, name, words] }) {
    if (words === undefined || (subcommand !== 'LIST' && subcommand !== 'SET')) return;
    const given = parseTags(words);
    if (name === '*') {
      if (subcommand === 'LIST') this.#own.clear(); // it begins the list
      this.all = { ...DEFAULT, ...given, keywords: (given.keywords ?? '').split(',').filter(Boolean) };
      this.#keywords = this.all.keywords.map(mentionMatcher);
    } else {
      const level = LEVELS.includes(given.level) ? given.level : '';
      this.#own.set(fold(name), { level, until: parseTime(given['muted-until']) });
    }
  }

  /** What is set for one conversation. @returns {ForOne} */
  own(name) {
    return this.#own.get(fold(name)) ?? NO_OWN;
  }

  /** What counts in a conversation now. */
  level(name, now) {
    const { level, until } = this.own(name);
    if (until > now) return 'nothing';
    return level || (isRoom(name) ? this.all.rooms : this.all.direct);
  }

  /** Whether a text has one of the keywords. */
  mentions(text) {
    return this.#keywords.some((has) => has(text));
  }

  renamed(from, to) {
    const own = this.#own.get(fold(from));
    if (own === undefined) return;
    this.#own.delete(fold(from));
    this.#own.set(fold(to), own);
  }

  /** When the next muted conversation is heard again; Infinity if there is none. */
  nextChange(now) {
    return Math.min(Infinity, ...[...this.#own.values()].map(({ until }) => until).filter((until) => until > now));
  }

  /** Whether it is quiet now. The first minute is, the last one is not. */
  quietAt(now) {
    const found = HOURS.exec(this.all.quiet);
    if (found === null) return false;
    const [hour, minutes, endHour, endMinutes] = found.slice(1).map(Number);
    const [begin, end] = [hour * 60 + minutes, endHour * 60 + endMinutes];
    const minute = minuteIn(this.all.zone, now);
    return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
  }
}

/** The minute of the day by the clock of a zone; by UTC if this browser does not know it. */
function minuteIn(zone, now) {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  let parts;
  try {
    parts = new Intl.DateTimeFormat('en', { ...options, timeZone: zone }).formatToParts(now);
  } catch {
    parts = new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' }).formatToParts(now);
  }
  const value = (type) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return value('hour') * 60 + value('minute');
}
