/**
 * Reactions to messages, redactions of them, and what their links lead to, by msgid. A reaction may arrive before its
 * message does: older pages of history come later.
 */

import { fold } from './names.js';

/** Messages with annotations to remember; beyond that the oldest are dropped. */
const MAX_MESSAGES = 4096;

/**
 * @typedef {import('./entries.js').Reaction} Reaction
 * @typedef {import('./entries.js').Preview} Preview
 * @typedef {{emoji: string, nick: string, account?: string, time: number, back: boolean}} Said
 */

export class Annotations {
  /** @type {Map<string, Map<string, Said>>} */
  #reactions = new Map();
  /** @type {Map<string, {by: string, reason: string}>} */
  #redacted = new Map();
  /** @type {Map<string, Preview>} */
  #previews = new Map();
  /** @type {Map<string, {text: string, time: number}>} */
  #edits = new Map();

  /**
   * Add a reaction, or take it back (`back`). Of one person and emoji the newest counts, in whatever order they arrive.
   * Returns whether anything changed.
   * @param {string} msgid
   * @param {Said} said
   */
  react(msgid, said) {
    const about = this.#reactions.get(msgid) ?? new Map();
    const key = `${said.emoji} ${fold(said.nick)}`;
    const before = about.get(key);
    if (before !== undefined && (before.time > said.time || before.back === said.back)) return false;
    about.set(key, said);
    remember(this.#reactions, msgid, about);
    return true;
  }

  /** Mark a message as removed. Returns whether anything changed. */
  redact(msgid, by, reason) {
    if (this.#redacted.has(msgid)) return false;
    remember(this.#redacted, msgid, { by, reason });
    return true;
  }

  /** Note a new text of a message. The newest counts. Returns whether anything changed. */
  edit(msgid, text, time) {
    if ((this.#edits.get(msgid)?.time ?? 0) >= time) return false;
    remember(this.#edits, msgid, { text, time });
    return true;
  }

  /** Note what the first link of a message leads to. Returns whether anything changed. @param {Preview} preview */
  preview(msgid, preview) {
    if (this.#redacted.has(msgid)) return false;
    remember(this.#previews, msgid, preview);
    return true;
  }

  /**
   * The entry with its reactions and preview, or without its text where the message was removed.
   * @param {import('./entries.js').Entry} entry
   * @param {(nick: string) => boolean} isMe
   * @param {(who: {nick: string, account?: string}) => boolean} isIgnored whose reactions are not shown
   */
  annotate(entry, isMe, isIgnored = () => false) {
    const redacted = this.#redacted.get(entry.msgid);
    if (redacted !== undefined) {
      const { by: removed, reason } = redacted;
      return { ...entry, text: '', removed, reason, mention: false, preview: null, reactions: [] };
    }
    const about = this.#reactions.get(entry.msgid);
    const preview = this.#previews.get(entry.msgid) ?? entry.preview ?? null;
    const edit = this.#edits.get(entry.msgid);
    const newer = edit !== undefined && edit.time >= entry.edited;
    if (about === undefined && preview === null && !newer) return entry;
    const changed = newer && { text: edit.text, edited: edit.time };
    const said = about !== undefined && { reactions: grouped(about, isMe, isIgnored) };
    return { ...entry, ...changed, preview, ...said };
  }

  /** Whether anybody has reacted to a message. */
  hasReactions(msgid) {
    return this.#reactions.has(msgid);
  }

  /** The reactions to these messages, as plain data. @param {Set<string>} msgids */
  toRecord(msgids) {
    const reactions = [...this.#reactions].filter(([msgid]) => msgids.has(msgid));
    return { reactions: reactions.map(([msgid, about]) => [msgid, [...about.values()]]) };
  }

  restore({ reactions }) {
    for (const [msgid, said] of reactions) for (const one of said) this.react(msgid, one);
  }
}

/** Reactions by emoji, oldest first. */
function grouped(about, isMe, isIgnored) {
  /** @type {Map<string, Reaction>} */
  const emojis = new Map();
  for (const said of [...about.values()].sort((one, other) => one.time - other.time)) {
    const { emoji, nick, back } = said;
    if (back || (!isMe(nick) && isIgnored(said))) continue;
    const reaction = emojis.get(emoji) ?? { emoji, nicks: [], mine: false };
    reaction.nicks.push(nick);
    reaction.mine ||= isMe(nick);
    emojis.set(emoji, reaction);
  }
  return [...emojis.values()];
}

function remember(map, key, value) {
  map.set(key, value);
  if (map.size > MAX_MESSAGES) map.delete(map.keys().next().value);
}
