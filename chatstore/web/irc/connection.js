/**
 * A WebSocket that reconnects: with back-off and jitter, and at once when the machine wakes or is online again. A PING
 * with a deadline detects dead connections: after a sleep they look like quiet ones.
 *
 * Spec: IRCv3 websocket (one line per message, without CR LF).
 */

const PROTOCOL = 'text.ircv3.net';
/** ms between the first failed attempt and the second; it doubles up to MAX_WAIT. */
const FIRST_WAIT = 500;
const MAX_WAIT = 15_000;
/** ms without a line before we send a PING, and how long the server has to answer it. */
const QUIET = 30_000;
const ANSWER = 20_000;
/** ms to answer after the machine slept, when the connection is probably dead. */
const ANSWER_AWAKE = 5_000;
/** ms between two checks of the clock. If much more has passed, the machine slept. */
const LOOK = 5_000;
const SLEPT = 3 * LOOK;
/** ms that opening a connection may take. */
const OPENING = 20_000;
const ALIVE = 'alive';

/**
 * Events of the connection. `lost`: it retries after `retryIn` ms. `doubtful`: whether a PING is unanswered.
 * @typedef {{opened: () => void, heard: (text: string) => void, lost: (why: string, retryIn: number) => void,
 *   doubtful: (doubtful: boolean) => void}} Listener
 */

/**
 * What this needs of a browser; tests pass a fake one.
 * @typedef {{open: (url: string, protocol: string) => WebSocket, now: () => number, random: () => number,
 *   setTimeout: (job: () => void, ms: number) => any, clearTimeout: (timer: any) => void,
 *   listen: (wake: () => void) => () => void}} Browser
 */

/** @returns {Browser} */
export function realBrowser() {
  return {
    open: (url, protocol) => new WebSocket(url, protocol),
    now: () => Date.now(),
    random: Math.random,
    setTimeout: (job, ms) => setTimeout(job, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    listen: listenForWaking,
  };
}

/** Call `wake` when the page becomes visible or the machine is online again. Returns a function that ends it. */
function listenForWaking(wake) {
  if (typeof window === 'undefined') return () => {};
  const visible = () => document.visibilityState === 'visible' && wake();
  const events = [[window, 'online', wake], [window, 'pageshow', wake], [document, 'visibilitychange', visible]];
  for (const [target, name, job] of events) target.addEventListener(name, job);
  return () => {
    for (const [target, name, job] of events) target.removeEventListener(name, job);
  };
}

export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  #url;
  #browser;
  #listener;
  #retry = null;
  #look = null;
  #unlisten = () => {};
  #failures = 0;
  #heardAt = 0;
  #lookedAt = 0;
  /** When the server must have answered; 0 while no PING is open. */
  #deadline = 0;
  #running = false;

  /**
   * @param {string} url
   * @param {Listener} listener
   * @param {Browser} [browser]
   */
  constructor(url, listener, browser = realBrowser()) {
    this.#url = url;
    this.#listener = listener;
    this.#browser = browser;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#unlisten = this.#browser.listen(() => this.wake());
    this.#open();
  }

  /** Close until start() is called. */
  stop(goodbye = 'QUIT') {
    this.#running = false;
    this.#unlisten();
    this.#browser.clearTimeout(this.#retry);
    this.#drop(goodbye);
  }

  /** The login succeeded: start the back-off anew. */
  welcomed() {
    this.#failures = 0;
  }

  /** Close and open a new connection at once. */
  again() {
    this.#drop('QUIT');
    this.#open();
  }

  /** Drop the connection and retry with the usual back-off. */
  giveUp(why) {
    if (this.#socket !== null) this.#lost(why);
  }

  /** @param {string[]} lines */
  send(lines) {
    if (this.#socket === null || this.#socket.readyState !== 1) return;
    for (const line of lines) this.#socket.send(line);
  }

  /** Check the connection: the machine may have slept or changed networks. */
  wake() {
    if (!this.#running) return;
    if (this.#socket === null) {
      this.#failures = 0;
      this.#browser.clearTimeout(this.#retry);
      this.#open();
    } else if (this.#socket.readyState === 1 && this.#browser.now() - this.#heardAt > LOOK) {
      this.#ask(ANSWER_AWAKE);
    }
  }

  #open() {
    const socket = this.#browser.open(this.#url, PROTOCOL);
    this.#socket = socket;
    this.#deadline = this.#browser.now() + OPENING;
    this.#lookedAt = this.#browser.now();
    const mine = () => this.#socket === socket;
    socket.onopen = () => {
      if (!mine()) return;
      opened = true;
      this.#alive();
      this.#listener.opened();
    };
    socket.onmessage = ({ data }) => {
      if (!mine()) return;
      this.#alive();
      if (!isOurPong(data)) this.#listener.heard(data);
    };
    let opened = false;
    const over = () => mine() && this.#lost(opened ? 'the connection was lost' : 'the server cannot be reached');
    socket.onclose = socket.onerror = over;
    this.#lookLater();
  }

  #alive() {
    this.#heardAt = this.#browser.now();
    if (this.#deadline === 0) return;
    this.#deadline = 0;
    this.#listener.doubtful(false);
  }

  #lookLater() {
    this.#browser.clearTimeout(this.#look);
    this.#look = this.#browser.setTimeout(() => this.#lookAround(), LOOK);
  }

  #lookAround() {
    const now = this.#browser.now();
    const slept = now - this.#lookedAt > SLEPT;
    this.#lookedAt = now;
    if (this.#socket === null) return;
    const open = this.#socket.readyState === 1;
    if (slept && open) this.#ask(ANSWER_AWAKE);
    else if (this.#deadline > 0 && now >= this.#deadline) {
      this.#lost(open ? 'the server does not answer' : 'the server cannot be reached');
      return;
    } else if (this.#deadline === 0 && open && now - this.#heardAt >= QUIET) this.#ask(ANSWER);
    this.#lookLater();
  }

  /** Send a PING that must be answered within so many ms. */
  #ask(within) {
    const by = this.#browser.now() + within;
    this.#deadline = this.#deadline > 0 ? Math.min(this.#deadline, by) : by;
    this.#listener.doubtful(true);
    this.send([`PING ${ALIVE}`]);
  }

  #lost(why) {
    this.#drop('');
    if (!this.#running) return;
    const longest = Math.min(MAX_WAIT, FIRST_WAIT * 2 ** this.#failures);
    this.#failures += 1;
    const wait = Math.round(longest * (0.5 + this.#browser.random() / 2));
    this.#retry = this.#browser.setTimeout(() => this.#running && this.#socket === null && this.#open(), wait);
    this.#listener.lost(why, wait);
  }

  #drop(goodbye) {
    this.#browser.clearTimeout(this.#look);
    const socket = this.#socket;
    this.#socket = null;
    this.#deadline = 0;
    if (socket === null) return;
    if (goodbye && socket.readyState === 1) socket.send(goodbye);
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }
}

/** Whether it is the answer to our own PING. */
function isOurPong(text) {
  return text.endsWith(` :${ALIVE}`) && / PONG /.test(text);
}
