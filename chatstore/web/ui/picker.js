/** Choose an emoji, or type one. */

import { Dialog } from './dialog.js';
import { found, isReaction } from './emoji.js';
import { useHere } from './here.js';
import { html, useState } from './html.js';

export function Picker({ entry, name, close }) {
  const { client, page } = useHere();
  const [typed, setTyped] = useState('');
  const shown = found(typed);
  const react = (emoji) => {
    close();
    try {
      client.react(name, entry.msgid, emoji);
    } catch (error) {
      page.failed(error);
    }
  };
  const submit = (event) => {
    event.preventDefault();
    const text = typed.trim();
    if (shown.length > 0 && text) react(shown[0][0]);
    else if (isReaction(text)) react(text);
  };
  return html`<${Dialog} title=${`React to ${entry.nick}`} onClose=${close}>
    <form onSubmit=${submit}>
      <label>Search, or type one <input data-first name="emoji" value=${typed} autocomplete="off" autocapitalize="none"
        onInput=${(event) => setTyped(event.currentTarget.value)} /></label>
    </form>
    <div class="emojis" role="group" aria-label="Emojis">
      ${shown.map(([emoji, names]) => html`<button key=${emoji} type="button" title=${names} aria-label=${names}
        onClick=${() => react(emoji)}>${emoji}</button>`)}
      ${shown.length === 0 && isReaction(typed.trim()) && html`<button type="button" class="typed-reaction" onClick=${() => react(typed.trim())}>
        React with ${typed.trim()}</button>`}
    </div>
  <//>`;
}
