/** An invitation in the address: `#invite=CODE`. Browsers do not send a fragment, so it is in no log. */

/** Take the code out of the address, so that it is not left on the screen or in the browser's history. */
export function takeInvitation() {
  const found = /^#invite=([\w-]+)$/.exec(location.hash);
  if (found === null) return '';
  history.replaceState(null, '', location.pathname + location.search);
  return found[1];
}

/** The code in a pasted text: a code or a whole link. */
export function codeIn(text) {
  return /(?:#invite=)?([\w-]+)\s*$/.exec(text.trim())?.[1] ?? '';
}
