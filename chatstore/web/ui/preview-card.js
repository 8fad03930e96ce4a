/** A card for what a link leads to. Its picture comes from our server only. */

import { html, useEffect, useState } from './html.js';
import { firstAddress, stripFormatting, truncate, webAddress } from './message-text.js';

/** px: the largest space of the picture. */
const WIDEST = 96;

/** @param {{preview: import('../irc/entries.js').Preview, text: string, actions: any}} props */
export function PreviewCard({ preview, text, actions }) {
  const [broken, setBroken] = useState(false);
  useEffect(() => actions.moved?.(), [broken]);
  const address = webAddress(preview.url) || firstAddress(text);
  const { title, description, site, image } = preview;
  if (!address || !(title || description)) return null;
  return html`<a class="preview" href=${address} target="_blank" rel="noopener noreferrer">
    <span class="preview-words">
      <span class="preview-site" dir="auto">${stripFormatting(site) || hostOf(address)}</span>
      ${title && html`<span class="preview-title" dir="auto">${truncate(stripFormatting(title), 200)}</span>`}
      ${description && html`<span class="preview-description" dir="auto">${truncate(stripFormatting(description), 300)}</span>`}
    </span>
    ${image && !broken && html`<img class="preview-image" src=${image} alt="" width=${WIDEST} height=${WIDEST} loading="lazy" decoding="async" onError=${() => setBroken(true)} />`}
  </a>`;
}

function hostOf(address) {
  return new URL(address).host.replace(/^www\./, '');
}
