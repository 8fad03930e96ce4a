/** A fake browser: the test controls its clock, its sockets, and when the machine wakes. */

export class Browser {
  time = 1_800_000_000_000;
  chance = 1;
  /** @type {FakeSocket[]} */
  sockets = [];
  #timers = [];
  #number = 0;
  #wake = () => {};

  now = () => this.time;
  random = () => this.chance;

  open = (url, protocol) => {
    const socket = new FakeSocket(url, protocol);
    this.sockets.push(socket);
    return socket;
  };

  setTimeout = (job, ms) => {
    this.#number += 1;
    this.#timers.push({ id: this.#number, at: this.time + ms, job });
    return this.#number;
  };

  clearTimeout = (id) => {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  };

  listen = (wake) => {
    this.#wake = wake;
    return () => {
      this.#wake = () => {};
    };
  };

  wake() {
    this.#wake();
  }

  /** The socket that was opened last. */
  get socket() {
    return this.sockets.at(-1);
  }

  /** So many ms pass, and what is due happens. */
  pass(ms) {
    const until = this.time + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.clearTimeout(due.id);
      this.time = Math.max(this.time, due.at);
      due.job();
    }
    this.time = until;
  }

  /** The machine sleeps: time passes, and nothing happens. */
  sleep(ms) {
    this.time += ms;
  }
}

class FakeSocket {
  readyState = 0;
  /** Lines that were sent. @type {string[]} */
  sent = [];
  closed = false;
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;

  constructor(url, protocol) {
    this.url = url;
    this.protocol = protocol;
  }

  send(line) {
    this.sent.push(line);
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  // What the test lets happen.

  opens() {
    this.readyState = 1;
    this.onopen?.();
  }

  says(...lines) {
    for (const data of lines) this.onmessage?.({ data });
  }

  breaks() {
    this.readyState = 3;
    this.onclose?.();
  }

  /** What was sent since this was asked last. */
  take() {
    return this.sent.splice(0);
  }
}
