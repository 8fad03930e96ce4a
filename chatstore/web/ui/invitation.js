/** An invitation in the address: `#invite=CODE`. A fragment is sent to no server and stands in no log. */

/** The code in the address, which is taken out of it: who looks at the screen or the history finds none. */
export function takeInvitation() {
  const found = /^#invite=([\w-]+)$/.exec(location.hash);
  if (found === null) return '';
  history.replaceState(null, '', location.pathname + location.search);
  return found[1];
}

/** The code in what somebody pasted: a code or a whole link. */
export function codeIn(text) {
  return /(?:#invite=)?([\w-]+)\s*$/.exec(text.trim())?.[1] ?? '';
}
