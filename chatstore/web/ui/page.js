/**
 * The state of the page itself: the open buffer, panel and dialog, drafts and replies. Components read it and call its
 * methods; every change calls the subscribers.
 */

import { Listeners } from '../irc/listeners.js';
import { fold } from '../irc/names.js';
import { Drafts } from './drafts.js';
import { sentence } from './message-text.js';
import { fragment, inAddress } from './permalinks.js';
import { forget, read, write } from './storage.js';
import { KEPT } from './thread-reads.js';

const FAVOURITES = 'favourites';

/**
 * `current`: the open buffer's name, '' for none. `section`: the open section of the administration, '' for none. `side`: the right panel, '' | 'members' | 'search' | 'thread'. `drawer`: whether the
 * list of buffers is open on a narrow screen. `dialog`: the open dialog, {kind, …} or null. `jump`: the message to go to.
 * `thread`: a message of the open thread; '' shows the list of threads.
 * `replies`: by buffer, the entry that the person is replying to.
 */
export class Page {
  current = '';
  section = '';
  side = '';
  thread = '';
  /** The panel before the threads'. */
  #besides = '';
  drawer = false;
  dialog = null;
  jump = null;
  notice = '';
  /** Whether files are held over the page. */
  dropping = false;
  replies = new Map();
  drafts = new Drafts();
  /** By buffer, the message of ours that is being edited. */
  edits = new Map();
  #listeners = new Listeners();
  #jumps = 0;

  constructor() {
    this.current = inAddress().name || read('last');
    this.section = sectionInAddress();
    this.#jumpTo(inAddress());
    this.side = read('side', 'members');
    if (globalThis.matchMedia?.('(max-width: 1099px)').matches) this.side = '';
    globalThis.matchMedia?.('(max-width: 1099px)').addEventListener?.('change', ({ matches }) => {
      // Zoomed in, the panel would cover the message field.
      if (matches) this.set({ side: '' });
    });
    globalThis.addEventListener?.('popstate', () => this.#follow());
  }

  subscribe(listener) {
    return this.#listeners.add(listener);
  }

  set(changes) {
    Object.assign(this, changes);
    this.#listeners.tell();
  }

  open(name) {
    const address = fragment(name);
    if (this.section || (this.current && fold(this.current) !== fold(name))) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    write('last', name);
    if (fold(this.current) !== fold(name)) this.closeThread();
    this.set({ current: name, section: '', drawer: false });
  }

  /** Open a section of the administration. */
  administer(section) {
    if (section !== this.section) history.pushState(null, '', `#admin=${section}`);
    this.set({ section, drawer: false });
  }

  /** Close the administration: back to the conversation that was open. */
  closeAdministration() {
    history.pushState(null, '', this.current ? fragment(this.current) : location.pathname);
    this.set({ section: '' });
  }

  /** Show no buffer: the open one was closed. */
  closeBuffer() {
    history.replaceState(null, '', location.pathname);
    write('last', '');
    this.set({ current: '', section: '' });
  }

  showDialog(kind, more = {}) {
    this.set({ dialog: { kind, ...more }, drawer: false });
  }

  closeDialog() {
    this.set({ dialog: null });
  }

  toggle(side) {
    this.set({ side: this.side === side ? '' : side });
    if (this.side !== 'search') write('side', this.side || 'none');
  }

  /** Open the thread of a message, or the list of threads. */
  openThread(name, msgid) {
    if (fold(name) !== fold(this.current)) this.open(name);
    if (this.side !== 'thread') this.#besides = this.side;
    this.set({ side: 'thread', thread: msgid });
  }

  /** Close it: the panel before it comes back, unless it would cover the buffer. */
  closeThread() {
    if (this.side !== 'thread') return;
    const covers = globalThis.matchMedia?.('(max-width: 1099px)').matches;
    this.set({ side: covers ? '' : this.#besides, thread: '' });
  }

  goTo(name, msgid) {
    if (this.section || fold(name) !== fold(this.current)) this.open(name);
    if (globalThis.matchMedia?.('(max-width: 1099px)').matches) this.side = '';
    this.#jumpTo({ name, msgid });
    this.set({});
  }

  #jumpTo({ name, msgid }) {
    if (!msgid) return;
    this.#jumps += 1;
    this.jump = { name, msgid, number: this.#jumps };
  }

  /** The message is being gone to: once is enough, also after a reload. */
  tookJump() {
    this.jump = null;
    if (inAddress().msgid) history.replaceState(null, '', fragment(this.current));
  }

  /** Show a sentence until it is closed or replaced; '' closes it. */
  showNotice(notice) {
    this.set({ notice });
  }

  /** Show an error; pass it to a promise's catch. */
  showError = (error) => this.showNotice(sentence(error?.message || 'Something went wrong'));

  /** Whether a buffer is a favourite in this browser. */
  isFavourite(name) {
    return favourites().includes(fold(name));
  }

  setFavourite(name, yes) {
    const others = favourites().filter((one) => one !== fold(name));
    write(FAVOURITES, (yes ? [...others, fold(name)] : others).join(' '));
    this.set({});
  }

  /** The server told the account's favourites: this browser has them at its next start at once. */
  keepFavourites(names) {
    const text = [...names].join(' ');
    if (text !== read(FAVOURITES)) write(FAVOURITES, text);
  }

  saveDraft(name, text) {
    if (this.drafts.set(name, text)) this.set({});
  }

  startReply(name, entry) {
    this.replies.set(fold(name), entry);
    this.set({});
  }

  /** Begin to edit a message of ours in the message field. */
  startEdit(name, entry) {
    this.replies.delete(fold(name));
    this.edits.set(fold(name), entry);
    this.set({});
  }

  endEdit(name) {
    if (this.edits.delete(fold(name))) this.set({});
  }

  edited(name) {
    return this.edits.get(fold(name)) ?? null;
  }

  endReply(name) {
    if (this.replies.delete(fold(name))) this.set({});
  }

  replyTo(name) {
    return this.replies.get(fold(name)) ?? null;
  }

  /** The browser went back or on: show what the address says. */
  #follow() {
    const section = sectionInAddress();
    if (!section && fold(inAddress().name) !== fold(this.current)) this.closeThread();
    this.#jumpTo(inAddress());
    this.set({ section, drawer: false, dialog: null, ...(!section && { current: inAddress().name }) });
  }

  signedOut() {
    this.drafts.clear();
    forget(KEPT);
    forget('emojis');
    forget(FAVOURITES);
    this.replies.clear();
    this.edits.clear();
    this.closeBuffer();
    this.set({ dialog: null, side: '', notice: '', drawer: false });
  }
}

/** The folded names of the favourites. No name has a space. */
function favourites() {
  return read(FAVOURITES).split(' ').filter(Boolean);
}

/** The section of the administration in the address. */
export function sectionInAddress(hash = location.hash) {
  return /^#admin=([a-z]+)$/.exec(hash)?.[1] ?? '';
}
