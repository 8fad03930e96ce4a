/**
 * A set of listeners. An error in one of them (a browser's API that throws, for example) goes to the console and stops
 * neither the others nor the caller.
 */

export class Listeners {
  #listeners = new Set();

  /** Add a listener. Returns a function that removes it. @param {(...told: any[]) => void} listener */
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
