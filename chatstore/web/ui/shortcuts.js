/** Keyboard shortcuts that work wherever the focus is. */

import { fold } from '../irc/names.js';

/** Keys and what they do, for the help dialog. */
export const SHORTCUTS = [
  ['Ctrl K', 'go to a room or person'],
  ['Alt ↑, Alt ↓', 'go to the previous or next conversation'],
  ['Alt A', 'go to the next unread conversation'],
  ['Ctrl Shift F', 'search'],
  ['Esc', 'close the panel or dialog, or go to the latest message'],
  ['F1', 'show this list'],
  ['Enter', 'send'],
  ['Shift Enter', 'start a new line'],
  ['↑ in an empty field', 'bring back the message you sent before'],
  ['Tab', 'complete a nick, room, command or emoji (:rocket)'],
  ['↑ and ↓ in the messages', 'go to the previous or next message'],
  ['R on a message', 'reply to it'],
  ['T on a message', 'open its thread'],
  ['E on your message', 'edit it'],
];

/** @returns {() => void} a function that ends it */
export function listenForShortcuts(client, page) {
  const pressed = (event) => {
    if (event.defaultPrevented || !client.state.account) return;
    const action = actionOf(event);
    if (!action || !client.signedIn || (page.dialog && action !== 'escape')) return;
    if (ACTIONS[action](client, page, event) !== false) event.preventDefault();
  };
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
}

function actionOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const control = ctrlKey || metaKey;
  if (control && !altKey && !shiftKey && key.toLowerCase() === 'k') return 'switch';
  if (control && shiftKey && key.toLowerCase() === 'f') return 'search';
  if (altKey && !control && key === 'ArrowUp') return 'above';
  if (altKey && !control && key === 'ArrowDown') return 'below';
  if (altKey && !control && key.toLowerCase() === 'a') return 'unread';
  if (key === 'F1') return 'help';
  if (key === 'Escape') return 'escape';
  return '';
}

const ACTIONS = {
  switch: (_, page) => page.showDialog('switch'),
  search: (_, page) => page.set({ side: 'search' }),
  help: (_, page) => page.showDialog('help'),
  above: (client, page) => step(client, page, -1),
  below: (client, page) => step(client, page, 1),
  unread: (client, page) => {
    const list = after(client.state.buffers, page.current);
    const next = list.find((one) => one.mentions > 0) ?? list.find((one) => one.unread > 0 && one.level !== 'nothing');
    if (next) page.open(next.name);
  },
  escape: (_, page) => {
    if (page.dialog) return false; // the dialog handles it
    if (page.drawer) page.set({ drawer: false });
    else if (page.side === 'thread') page.closeThread();
    else if (page.side === 'search' || (page.side && narrow())) page.set({ side: '' });
    else {
      document.querySelector('.to-end')?.click();
      document.querySelector('.composer textarea')?.focus();
    }
    return true;
  },
};

/** Whether panels cover the buffer. */
const narrow = () => matchMedia('(max-width: 1099px)').matches;

function step({ state: { buffers } }, page, by) {
  if (buffers.length === 0) return;
  const place = buffers.findIndex((one) => fold(one.name) === fold(page.current));
  const next = place < 0 ? 0 : (place + by + buffers.length) % buffers.length;
  page.open(buffers[next].name);
}

function after(buffers, here) {
  const place = buffers.findIndex((one) => fold(one.name) === fold(here));
  return [...buffers.slice(place + 1), ...buffers.slice(0, Math.max(0, place))];
}
