/** One's own files on the server: how much space they take, and removing them. */

import { Dialog } from './dialog.js';
import { sizeText, typeText } from './file-size.js';
import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { PagedList, usePages } from './paged-list.js';
import { shortTime } from './time-format.js';
import { useTold } from './told.js';

export function FilesDialog({ close }) {
  const { client } = useApp();
  const [space, setSpace] = useState(null);
  const [told, tell] = useTold();
  const [asking, setAsking] = useState('');
  const [wrong, setWrong] = useState('');
  const pages = usePages('files', async (after) => {
    const { used, quota, ...page } = await client.files.mine(after);
    setSpace({ used, quota });
    return page;
  });
  const remove = async ({ token, name }) => {
    setWrong('');
    try {
      await client.files.remove(token);
      setAsking('');
      tell(`Removed ${name}.`);
      pages.again();
    } catch (error) {
      setWrong(error.message);
    }
  };
  return html`<${Dialog} title="Your files" onClose=${close} wide>
    ${space && html`<div class="space"><p>${spaceText(space)}</p>
      ${space.quota > 0 && html`<meter min="0" max=${space.quota} high=${space.quota * 0.9} value=${space.used} aria-label="Used space"></meter>`}</div>`}
    ${told}
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    <${PagedList} pages=${pages} label="Your files" empty="You have sent no files." keyOf=${({ token }) => token}
      render=${(file) => html`<div class="admin-row still">
        <span class="admin-what"><a class="admin-name" dir="auto" href=${`files/${file.token}/${encodeURIComponent(file.name)}`} target="_blank" rel="noopener">${file.name}</a>
          <span class="hint">${typeText(file.type, file.name)} · ${sizeText(file.size)} · ${shortTime(file.time)}</span></span>
        ${asking === file.token ? html`<span class="buttons"><button type="button" class="danger" onClick=${() => remove(file)}>Remove for everyone</button>
            <button type="button" onClick=${() => setAsking('')}>Cancel</button></span>`
          : html`<button type="button" aria-label=${`Remove ${file.name}`} onClick=${() => setAsking(file.token)}>Remove</button>`}
      </div>`} />
  <//>`;
}

/** How much space is used: `12.0 MiB of 1.0 GiB`. */
export function spaceText({ used, quota }) {
  return quota > 0 ? `${sizeText(used)} of ${sizeText(quota)} used` : `${sizeText(used)} used`;
}
