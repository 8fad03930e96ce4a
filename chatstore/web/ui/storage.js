/** What this browser remembers for the page: small texts in localStorage, or nowhere where the browser keeps none. */

const PREFIX = 'chatstore.';

export function read(name, otherwise = '') {
  try {
    return localStorage.getItem(PREFIX + name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(name, text) {
  try {
    if (text === '') localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // Full, or forbidden: it holds for as long as the page is open.
  }
}

/** Forget everything whose name begins so. */
export function forget(beginning) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX + beginning)) localStorage.removeItem(key);
    }
  } catch {
    // Nothing is kept here.
  }
}
