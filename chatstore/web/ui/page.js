/**
 * What the page shows, beside what the client knows: which conversation is open, which panel and dialog stand over it,
 * what was typed and not sent. Components read it and call its methods; every change tells the subscribers.
 */

import { Listeners } from '../irc/listeners.js';
import { fold } from '../irc/names.js';
import { forget, read, write } from './settings.js';

/**
 * `here`: the open conversation's name, '' for none. `side`: the panel at the right, '' | 'members' | 'search'.
 * `drawer`: whether the list of conversations is out, where the screen is too narrow to show it always. `dialog`: what
 * asks for an answer: {kind, …}, or null. `jump`: the message to go to. `replies`: by conversation, what is answered.
 */
export class Page {
  here = '';
  side = '';
  drawer = false;
  dialog = null;
  jump = null;
  notice = '';
  replies = new Map();
  #listeners = new Listeners();
  #jumps = 0;

  constructor() {
    this.here = nameInAddress() || read('last');
    this.side = read('side', 'members');
    if (globalThis.matchMedia?.('(max-width: 1099px)').matches) this.side = '';
    globalThis.matchMedia?.('(max-width: 1099px)').addEventListener?.('change', ({ matches }) => {
      // Zoomed in, the panel would cover the field in which one writes.
      if (matches) this.set({ side: '' });
    });
    globalThis.addEventListener?.('popstate', () => this.set({ here: nameInAddress(), drawer: false }));
  }

  subscribe(listener) {
    return this.#listeners.add(listener);
  }

  set(changes) {
    Object.assign(this, changes);
    this.#listeners.tell();
  }

  open(name) {
    const address = `#to=${encodeURIComponent(name)}`;
    if (this.here && fold(this.here) !== fold(name)) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    write('last', name);
    this.set({ here: name, drawer: false });
  }

  /** The open conversation is no more. */
  leave() {
    history.replaceState(null, '', location.pathname);
    write('last', '');
    this.set({ here: '' });
  }

  show(kind, more = {}) {
    this.set({ dialog: { kind, ...more }, drawer: false });
  }

  close() {
    this.set({ dialog: null });
  }

  toggle(side) {
    this.set({ side: this.side === side ? '' : side });
    if (this.side !== 'search') write('side', this.side || 'none');
  }

  goTo(name, msgid) {
    this.#jumps += 1;
    if (fold(name) !== fold(this.here)) this.open(name);
    if (globalThis.matchMedia?.('(max-width: 1099px)').matches) this.side = '';
    this.set({ jump: { name, msgid, number: this.#jumps } });
  }

  /** A sentence that says what went wrong, or that something is done; it stays until it is closed or replaced. */
  say(notice) {
    this.set({ notice });
  }

  /** To be given to a promise's catch. */
  failed = (error) => this.say(error?.message || 'That did not work.');

  draft(name) {
    return read(`draft.${fold(name)}`);
  }

  keepDraft(name, text) {
    write(`draft.${fold(name)}`, text);
  }

  answer(name, entry) {
    this.replies.set(fold(name), entry);
    this.set({});
  }

  answered(name) {
    if (this.replies.delete(fold(name))) this.set({});
  }

  answering(name) {
    return this.replies.get(fold(name)) ?? null;
  }

  signedOut() {
    forget('draft.');
    this.replies.clear();
    this.leave();
    this.set({ dialog: null, side: '', notice: '', drawer: false });
  }
}

/** The conversation that the address names. */
export function nameInAddress(hash = location.hash) {
  const found = /^#to=(.+)$/.exec(hash);
  try {
    return found ? decodeURIComponent(found[1]) : '';
  } catch {
    return '';
  }
}
