/**
 * A WebSocket that comes back: with back-off and jitter, at once when the machine wakes or is online again; and that
 * knows when it is dead, because whatever is asked of a living server is answered in time.
 *
 * Spec: IRCv3 websocket (one line a message, without its end).
 */

const PROTOCOL = 'text.ircv3.net';
/** ms: between a first try that failed and the second; it doubles, up to the longest. */
const FIRST_WAIT = 500;
const MAX_WAIT = 15_000;
/** ms without a line before the server is asked whether it is there, and how long it has to answer. */
const QUIET = 30_000;
const ANSWER = 20_000;
/** The same after the machine slept, when the connection is most probably dead. */
const ANSWER_AWAKE = 5_000;
/** ms that may pass between two looks at the clock; more, and the machine slept. */
const LOOK = 5_000;
const SLEPT = 3 * LOOK;
/** ms for the connection to open. */
const OPENING = 20_000;
const ALIVE = 'alive';

/**
 * What the connection tells. `lost`: after so many ms it tries again.
 * @typedef {{opened: () => void, heard: (text: string) => void, lost: (why: string, retryIn: number) => void,
 *   doubtful: (doubtful: boolean) => void}} Listener
 */

/**
 * What it needs of a browser; a test may give its own.
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

/** Call when the page is looked at again, or the machine is online again. Returns what ends it. */
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
  /** When the server has to have answered; 0 while nothing is asked. */
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

  /** Close, for good; or until start(). */
  stop(goodbye = 'QUIT') {
    this.#running = false;
    this.#unlisten();
    this.#browser.clearTimeout(this.#retry);
    this.#drop(goodbye);
  }

  /** The welcome has come: the next failure is a first one. */
  welcomed() {
    this.#failures = 0;
  }

  /** Close, and open another one at once. */
  again() {
    this.#drop('QUIT');
    this.#open();
  }

  /** Give the connection up and try again, with the usual back-off. */
  giveUp(why) {
    if (this.#socket !== null) this.#lost(why);
  }

  /** @param {string[]} lines */
  send(lines) {
    if (this.#socket === null || this.#socket.readyState !== 1) return;
    for (const line of lines) this.#socket.send(line);
  }

  /** The machine may have slept, or the network is another one. */
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

  /** Ask for a sign of life, within so many ms. */
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

/** The answer to our question for a sign of life is for nobody else. */
function isOurPong(text) {
  return text.endsWith(` :${ALIVE}`) && / PONG /.test(text);
}
