/**
 * Room settings as the server describes them: a row for each, with how to change it, which values it takes and what a
 * value means. A new setting of the server needs no change here.
 *
 * Spec: docs/extensions.md, chatstore/rooms.
 */

import { parseTags } from './line.js';

/** @typedef {import('./line.js').Line} Line */

/**
 * `set`: the command that changes it: 'ROOM', 'TOPIC', or 'MODE x' with the mode's letter. `type`: 'flag', 'choice',
 * 'number', 'text', 'key' or 'account'. `by`: who may change it: 'members', 'operators' or 'founder'. `says`: what each
 * value means; `{}` as a key stands for all other values, in a text for the value. `about`: the label.
 * @typedef {{name: string, set: string, type: string, choices: string[], min: number, max: number, unit: string,
 *   by: string, says: Record<string, string>, about: string}} Setting
 */

const TYPES = new Set(['flag', 'choice', 'number', 'text', 'key', 'account']);
const COMMANDS = /^(?:ROOM|TOPIC|MODE [a-zA-Z])$/;

/**
 * The row in a line of the answer to `ROOM *`; null for its last line, and for a type or command that this page does
 * not know.
 * @param {Line} line
 * @returns {Setting | null}
 */
export function settingIn({ params: [, name = '', attributes = '', about = ''] }) {
  const setting = settingOf(name, parseTags(attributes), about);
  return TYPES.has(setting.type) && COMMANDS.test(setting.set) ? setting : null;
}

function settingOf(name, { set = '', type = '', choices = '', min, max, unit = '', by = '', ...more }, about) {
  const says = Object.create(null);
  for (const [key, text] of Object.entries(more)) {
    if (key === 'says') says['{}'] = text;
    else if (key.startsWith('says-')) says[key.slice('says-'.length)] = text;
  }
  return {
    name, set, type, by, unit, says, about, choices: choices.split(',').filter(Boolean),
    min: Number(min) || 0, max: Number(max) || 0,
  };
}

/**
 * What a value means, without a full stop: `messages are kept for 30 days`.
 * @param {Setting | undefined} setting undefined where the server has not described it
 */
export function meaning(setting, name, value) {
  const template = setting?.says[value] ?? setting?.says['{}'] ?? `${name}: {}`;
  return template.replace('{}', value);
}

/**
 * What somebody did, by the parameters of a ROOM line; it follows their nick in a sentence.
 * @param {Map<string, Setting>} settings
 * @param {string} [motd] the new message of the day; '' for none, undefined for no change
 */
export function changeText(settings, words = '*', motd = undefined) {
  const { founder = '', ...values } = parseTags(words === '*' ? '' : words);
  const changed = Object.entries(values).map(([name, value]) => meaning(settings.get(name), name, value));
  if (motd !== undefined) changed.push(meaning(settings.get('motd'), 'motd', motd) + (motd && `: ${motd}`));
  return [
    changed.length > 0 && `changed the room's settings: ${changed.join(', ')}`,
    founder && `gave the room to ${founder}`,
  ].filter(Boolean).join(' and ') || "changed the room's settings";
}

/**
 * The values in the answer to `ROOM #room`, as texts by name.
 * @param {Line} line
 * @returns {Record<string, string>}
 */
export function valuesIn({ params: [, words = '', motd = ''] }) {
  return { ...parseTags(words), motd };
}
