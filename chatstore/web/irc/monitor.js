/** Watches the people in direct conversations, as many as the server allows. Spec: IRCv3 monitor. */

import { fold } from './names.js';

/** Nicks in one MONITOR command. */
const TOGETHER = 10;

export class Monitor {
  /** Folded nicks. @type {Set<string>} */
  #watched = new Set();
  #state;

  /**
   * @param {{isupport: Map<string, string>, isMe: (nick: string) => boolean,
   *   sendLater: (command: string, ...params: string[]) => void}} state
   */
  constructor(state) {
    this.#state = state;
  }

  begin() {
    this.#watched = new Set();
  }

  /** Watch these nicks too. @param {string[]} nicks most important first */
  add(nicks) {
    const most = Number(this.#state.isupport.get('MONITOR')) || 0;
    const fresh = nicks.filter((nick) => !this.#watched.has(fold(nick)) && !this.#state.isMe(nick));
    const taken = fresh.slice(0, Math.max(0, most - this.#watched.size));
    for (const nick of taken) this.#watched.add(fold(nick));
    for (let start = 0; start < taken.length; start += TOGETHER) {
      this.#state.sendLater('MONITOR', '+', taken.slice(start, start + TOGETHER).join(','));
    }
  }
}
