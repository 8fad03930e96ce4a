/**
 * Files that are dropped or pasted: they go into the tray of the open conversation. A drop never replaces the page. Where
 * nobody can take them, the person is told.
 */

import { fold } from '../irc/names.js';
import { placeOf } from '../irc/uploads.js';

const SORRY = 'This server takes no files. Upload the file somewhere else and send a link.';
const NOWHERE = 'You cannot send files here. Open a conversation that you can write in.';

/** Put files into the tray of the open conversation, or of a thread of it. */
export function takeFiles(client, page, files, thread = '') {
  const { features, buffers } = client.state;
  const open = page.section ? undefined : buffers.find((one) => fold(one.name) === fold(page.current));
  const writable = open && (!open.room || open.joined || open.wanted);
  if (!features.files) page.showNotice(SORRY);
  else if (!writable) page.showNotice(NOWHERE);
  else if (files.length > 0) {
    const left = client.uploads.add(placeOf(open.name, thread), files);
    if (left) page.showNotice(left);
  }
}

/** Listen for dropped and pasted files. @returns {() => void} a function that ends it */
export function listenForFiles(client, page) {
  const holds = (data) => [...(data?.types ?? [])].includes('Files');
  const takesText = (target) => Boolean(target?.closest?.('input, textarea'));
  const show = (dropping) => {
    if (page.dropping !== dropping) page.set({ dropping });
  };
  const over = (event) => {
    // Otherwise the browser would open the file in place of the page.
    if (holds(event.dataTransfer) || !takesText(event.target)) event.preventDefault();
    show(holds(event.dataTransfer) && client.signedIn && client.state.features.files && !page.dialog);
  };
  const left = (event) => {
    if (event.relatedTarget === null) show(false); // the pointer left the window
  };
  const dropped = (event) => {
    if (holds(event.dataTransfer) || !takesText(event.target)) event.preventDefault();
    show(false);
    if (holds(event.dataTransfer) && client.signedIn && !page.dialog) takeFiles(client, page, filesOf(event.dataTransfer), threadAt(event));
  };
  const pasted = (event) => {
    const types = [...(event.clipboardData?.types ?? [])];
    // Office programs add a picture of a copied text: paste the text.
    if (!types.includes('Files') || types.some((type) => type.startsWith('text/plain')) || page.dialog) return;
    event.preventDefault();
    if (client.signedIn) takeFiles(client, page, filesOf(event.clipboardData), threadAt(event));
  };
  const jobs = [['dragover', over], ['dragleave', left], ['drop', dropped], ['paste', pasted]];
  for (const [name, job] of jobs) document.addEventListener(name, job);
  return () => {
    for (const [name, job] of jobs) document.removeEventListener(name, job);
  };
}

/** The root of the thread in whose panel it happened; '' elsewhere. */
function threadAt({ target }) {
  return target?.closest?.('[data-thread]')?.dataset.thread ?? '';
}

/** The files, without folders: a browser gives those as files that cannot be read. */
function filesOf({ files, items }) {
  const folders = [...(items ?? [])].map((item) => item.webkitGetAsEntry?.()?.isDirectory ?? false);
  return [...files].filter((_, number) => folders.length !== files.length || !folders[number]);
}
