/**
 * Those who are told when something has happened. An error of one of them (a browser's API that throws, say) stops
 * neither the others nor whoever tells: it is reported to the console.
 */

export class Listeners {
  #listeners = new Set();

  /** Be called from now on. Returns what ends it. @param {(...told: any[]) => void} listener */
  add(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(...told) {
    for (const listener of [...this.#listeners]) {
      try {
        listener(...told);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
