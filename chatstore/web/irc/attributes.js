/**
 * Attributes in the lines of administration: `role=admin;seen=2026-11-29T12:00:00.000Z`, escaped like message tags.
 * Spec: docs/extensions.md, chatstore/administration.
 */

import { formatTags, parseTags } from './line.js';
import { parseTime } from './times.js';

/** @typedef {import('./line.js').Line} Line */

/** Attributes that are numbers, and those that are times. */
const NUMBERS = new Set(['online', 'devices', 'certificates', 'members', 'messages', 'closed', 'waiting', 'reports',
  'warnings', 'uptime', 'connections', 'people', 'rooms', 'removed', 'bytes', 'free']);
const TIMES = new Set(['created', 'seen', 'until', 'made', 'expires', 'used', 'joined', 'latest', 'set', 'sent', 'at',
  'started', 'backup', 'failed', 'failing']);

/**
 * A line's attributes: numbers as numbers, times in ms, everything else as text.
 * @param {string} words
 * @returns {Record<string, any>}
 */
export function attributesIn(words = '*') {
  const found = {};
  for (const [name, text] of Object.entries(parseTags(words === '*' ? '' : words))) {
    if (TIMES.has(name) && parseTime(text)) found[name] = parseTime(text);
    else found[name] = NUMBERS.has(name) && /^\d+$/.test(text) ? Number(text) : text;
  }
  return found;
}

/**
 * What waits for an administrator, by a PEOPLE ALLOWED line.
 * @param {Line} line
 * @returns {{waiting: number, reports: number, warnings: number}}
 */
export function countsIn({ params: [, words] }) {
  const { waiting = 0, reports = 0, warnings = 0 } = attributesIn(words);
  return { waiting, reports, warnings };
}

/** Attributes as the server reads them; `*` for none. Empty ones are left out. */
export function attributesOf(wanted) {
  return formatTags(Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== '' && value !== undefined)
    .map(([name, value]) => [name, String(value)]))) || '*';
}

/**
 * What a PEOPLE ERASED line says. Spec: docs/extensions.md, chatstore/administration.
 * @param {string[]} params
 */
export function erased([, name, words = '', copies = '']) {
  const { interrupted, copies: number, ...counts } = parseTags(words === '*' ? '' : words);
  if (interrupted) return `Erasing ${name} was interrupted. Begin it again.`;
  const parts = Object.entries(counts).filter(([, count]) => Number(count) > 0)
    .map(([key, count]) => `${count} ${key.replaceAll('-', ' ').replace(/s$/, Number(count) === 1 ? '' : 's')}`);
  const said = `Erased ${name}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
  return Number(number) > 0 ? `${said} These copies of the database may still have the words: ${copies}` : said;
}
