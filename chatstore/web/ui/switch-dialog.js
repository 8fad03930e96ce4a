/** The dialog that goes to a buffer by some letters of its name. */

import { fold, withoutAccents } from '../irc/names.js';
import { Dialog } from './dialog.js';
import { useApp } from './hooks.js';
import { classes, html, useState } from './html.js';

const MAX_SHOWN = 12;

/** The buffers whose names contain these letters in order, best match first; without letters, unread ones first. */
export function ranked(buffers, typed) {
  const letters = fold(typed.trim().replace(/^#/, ''));
  const scored = buffers.map((one) => [score(one, letters), one]).filter(([worth]) => worth > 0);
  return scored.sort(([one], [other]) => other - one).map(([, one]) => one);
}

function score(one, letters) {
  const text = one.name.replace(/^#/, '');
  return Math.max(scoreOf(fold(text), one, letters), scoreOf(withoutAccents(text), one, letters));
}

function scoreOf(text, { mentions, unread, last }, letters) {
  const news = (mentions > 0 ? 2 : 0) + (unread > 0 ? 1 : 0) + Math.min(0.9, last / 1e14);
  if (letters === '') return 1 + news;
  if (text === letters) return 40 + news;
  if (text.startsWith(letters)) return 30 + news;
  if (text.includes(letters)) return 20 + news;
  let place = -1;
  for (const letter of letters) {
    place = text.indexOf(letter, place + 1);
    if (place < 0) return 0;
  }
  return 10 + news;
}

export function SwitchDialog({ close }) {
  const { client, page } = useApp();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const found = ranked(client.state.buffers, typed).slice(0, MAX_SHOWN);
  const chosen = Math.min(at, found.length - 1);
  const open = (one) => {
    close();
    page.open(one.name);
  };
  const pressed = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((chosen + step + found.length) % Math.max(1, found.length));
    } else if (event.key === 'Enter' && found[chosen]) {
      event.preventDefault();
      open(found[chosen]);
    }
  };
  return html`<${Dialog} title="Go to" onClose=${close}>
    <label class="visually-hidden" for="go-to">Room or person</label>
    <input id="go-to" data-first class="go-to" value=${typed} role="combobox" aria-expanded="true" aria-controls="go-to-list"
      aria-activedescendant=${found[chosen] ? `go-to-${chosen}` : null} autocomplete="off" autocapitalize="none" spellcheck=${false}
      placeholder="Room or person" onKeyDown=${pressed} onInput=${(event) => { setTyped(event.currentTarget.value); setAt(0); }} />
    <ul class="choices" id="go-to-list" role="listbox" aria-label="Conversations">
      ${found.map((one, place) => html`<li key=${one.name} id=${`go-to-${place}`} role="option" class=${classes('choice', place === chosen && 'chosen')}
        aria-selected=${place === chosen ? 'true' : 'false'} onClick=${() => open(one)}>
        <span class="choice-name" dir="auto">${one.name}</span>
        ${one.unread > 0 && one.level !== 'nothing' && html`<span class=${classes('badge', one.mentions > 0 && 'mention')}>${one.unread}<span class="visually-hidden"> unread</span></span>`}</li>`)}
    </ul>
    ${found.length === 0 && html`<p class="hint">No rooms or people match.</p>`}
  <//>`;
}
