/**
 * A link to a message: the page's address with `#to=ROOM&message=MSGID`. Browsers do not send a fragment, so it is in no log,
 * and the server decides about the message only when the page asks for it.
 */

const FORM = /^#to=([^&]+)(?:&message=([^&]+))?$/;
const NOWHERE = Object.freeze({ name: '', msgid: '' });

/** The address of this page without what it shows. */
function home() {
  return new URL('./', location.href).href.split('#')[0];
}

/** The fragment for a conversation, or for a message in it. */
export function fragment(name, msgid = '') {
  return `#to=${encodeURIComponent(name)}${msgid ? `&message=${encodeURIComponent(msgid)}` : ''}`;
}

/** The link to a message. */
export function permalink(name, msgid) {
  return home() + fragment(name, msgid);
}

/** The conversation and the message that an address names, '' for none. @returns {{name: string, msgid: string}} */
export function inAddress(hash = location.hash) {
  const [, name = '', msgid = ''] = FORM.exec(hash) ?? [];
  try {
    return { name: decodeURIComponent(name), msgid: decodeURIComponent(msgid) };
  } catch {
    return NOWHERE;
  }
}

/** What a link names if it leads to this page; names are '' otherwise. */
export function ownLink(address, here = home()) {
  const [before, ...after] = address.split('#');
  return before === here && after.length === 1 ? inAddress(`#${after[0]}`) : NOWHERE;
}

/**
 * Open links to conversations and messages of this server in this page.
 * @param {{open: (name: string) => void, goTo: (name: string, msgid: string) => void}} page
 * @returns {() => void} a function that ends it
 */
export function listenForLinks(page) {
  const clicked = (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('a[href]');
    const { name, msgid } = link ? ownLink(link.href) : NOWHERE;
    if (!name) return;
    event.preventDefault();
    if (msgid) page.goTo(name, msgid);
    else page.open(name);
  };
  document.addEventListener('click', clicked);
  return () => document.removeEventListener('click', clicked);
}

/** Copy the link to a message, or show it where the browser does not let us. */
export async function copyLink(page, name, msgid) {
  const link = permalink(name, msgid);
  try {
    await navigator.clipboard.writeText(link);
    page.showNotice('The link to the message is copied.');
  } catch {
    page.showNotice(`The link to the message: ${link}`);
  }
}
