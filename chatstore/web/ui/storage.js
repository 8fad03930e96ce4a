/** Small texts in localStorage; without effect where the browser blocks it. */

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
    // Full or blocked: not saved.
  }
}

/** Remove everything whose name starts so. */
export function forget(beginning) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX + beginning)) localStorage.removeItem(key);
    }
  } catch {
    // Blocked: nothing is saved.
  }
}
