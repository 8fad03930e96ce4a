/** The emoji picker: recently used, by group, by search, or typed. */

import { Dialog } from './dialog.js';
import { emojiName, isReaction, loadEmojis, loadedEmojis, recentEmojis, rememberEmoji, searchEmojis } from './emoji.js';
import { useApp } from './hooks.js';
import { html, useEffect, useRef, useState } from './html.js';

/** Search results to show. */
const FOUND = 100;

export function EmojiPicker({ entry, name, close }) {
  const { client, page } = useApp();
  const [typed, setTyped] = useState('');
  const [all, setAll] = useState(loadedEmojis());
  const [error, setError] = useState('');
  useEffect(() => {
    loadEmojis().then(setAll, () => setError('Could not load the emoji. You can still type one.'));
  }, []);
  const text = typed.trim();
  const shown = text && all ? searchEmojis(all, text).slice(0, FOUND) : [];
  const react = (emoji) => {
    close();
    rememberEmoji(emoji);
    try {
      client.react(name, entry.msgid, emoji);
    } catch (error) {
      page.showError(error);
    }
  };
  const submit = (event) => {
    event.preventDefault();
    if (shown.length > 0) react(shown[0].emoji);
    else if (isReaction(text)) react(text);
  };
  return html`<${Dialog} title=${`React to ${entry.nick}`} onClose=${close}>
    <form onSubmit=${submit}>
      <label>Search, or type an emoji <input data-first name="emoji" value=${typed} autocomplete="off" autocapitalize="none"
        onInput=${(event) => setTyped(event.currentTarget.value)} /></label>
    </form>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${text ? html`<div class="all-emojis"><${Emojis} title="Results" list=${shown} onPick=${react} />
        ${shown.length === 0 && isReaction(text) && html`<button type="button" class="typed-reaction" onClick=${() => react(text)}>
          React with ${text}</button>`}</div>`
      : all && html`<${Groups} all=${all} onPick=${react} />`}
  <//>`;
}

/** All emoji by group, with a button for each group that scrolls to it. */
function Groups({ all, onPick }) {
  const [last] = useState(recentEmojis);
  const box = useRef(null);
  const groups = new Map();
  if (last.length > 0) groups.set('Recently used', last.map((emoji) => all.find((one) => one.emoji === emoji) ?? { emoji, names: [], words: [] }));
  for (const one of all) {
    if (!groups.has(one.group)) groups.set(one.group, []);
    groups.get(one.group).push(one);
  }
  const goTo = (at) => box.current.querySelectorAll('section')[at].scrollIntoView({ block: 'start' });
  return html`<div class="emoji-groups" role="group" aria-label="Groups">
      ${[...groups].map(([title, [first]], at) => html`<button key=${title} type="button" title=${title} aria-label=${title}
        onClick=${() => goTo(at)}>${title === 'Recently used' ? '🕘' : first.emoji}</button>`)}
    </div>
    <div ref=${box} class="all-emojis">
      ${[...groups].map(([title, list]) => html`<section key=${title}><h3>${title}</h3>
        <${Emojis} title=${title} list=${list} onPick=${onPick} /></section>`)}
    </div>`;
}

function Emojis({ title, list, onPick }) {
  return html`<div class="emojis" role="group" aria-label=${title}>
    ${list.map((one) => html`<button key=${one.emoji} type="button" title=${emojiName(one)} aria-label=${emojiName(one)}
      onClick=${() => onPick(one.emoji)}>${one.emoji}</button>`)}
  </div>`;
}
