/** What people answered to a message by an emoji, each a button that adds or takes back one's own. */

import { html } from './html.js';

export function Reactions({ entry, onReact }) {
  if (entry.reactions.length === 0) return null;
  return html`<ul class="reactions" aria-label="Reactions">
    ${entry.reactions.map(({ emoji, nicks, mine }) => html`<li key=${emoji}>
      <button type="button" class="reaction" aria-pressed=${mine ? 'true' : 'false'} title=${`${nicks.join(', ')}`}
        aria-label=${`${emoji}, ${nicks.length}: ${nicks.join(', ')}`} onClick=${() => onReact(entry, emoji, mine)}>
        <span dir="auto">${emoji}</span> <span class="count">${nicks.length}</span>
      </button>
    </li>`)}
  </ul>`;
}
