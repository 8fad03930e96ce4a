/** The files that are about to be sent, above the message field: how far each one is, and what it shows. */

import { sizeText, typeText } from './file-size.js';
import { useApp } from './hooks.js';
import { classes, html, useEffect, useState } from './html.js';
import { Icon, IconButton } from './icons.js';

/** Characters of a description. */
const LONGEST = 250;

/** `onRecall` is called with the text of the waiting message when the person takes it back. */
export function Tray({ target, onRecall }) {
  const { client, page } = useApp();
  const { uploads } = client;
  const { items, post, error } = uploads.tray(target);
  if (items.length === 0 && post === null) return null;
  const done = items.filter((one) => one.status === 'done').length;
  const failed = items.filter((one) => one.status === 'failed').length;
  const told = failed > 0 ? `${failed === 1 ? 'A file was' : `${failed} files were`} not uploaded.`
    : done < items.length ? `${done} of ${items.length} uploaded` : 'Ready to send.';
  return html`<section class="tray" aria-label="Files to send">
    <p class="visually-hidden" role="status">${told}</p>
    <ul>${items.map((item) => html`<li key=${item.id} class=${classes('tray-item', item.status)}>
      <${Preview} item=${item} />
      <div class="tray-what">
        <span class="file-name" dir="auto">${item.name}</span>
        <${Progress} item=${item} />
        ${item.status === 'failed' && html`<p class="error" role="alert">${item.missed && 'The message was sent without it. '}${item.error}
          ${item.space && html` <button type="button" class="link" onClick=${() => page.showDialog('files')}>See your files</button>`}</p>`}
        ${item.status !== 'failed' && /^(?:image|video|audio)\//.test(item.type) && html`<label class="tray-alt">
          <span class="visually-hidden">Description of ${item.name}</span>
          <input name="alt" value=${item.alt} maxlength=${LONGEST} disabled=${post !== null} autocomplete="off"
            placeholder="Description for those who cannot see it" onInput=${(event) => uploads.describe(target, item.id, event.currentTarget.value)} /></label>`}
      </div>
      ${item.status === 'failed' && item.again && html`<${IconButton} icon="again" label=${`Try ${item.name} again`} onClick=${() => uploads.retry(target, item.id)} />`}
      <${IconButton} icon="close" label=${item.status === 'sending' ? `Cancel ${item.name}` : `Take out ${item.name}`} onClick=${() => uploads.discard(target, item.id)} />
    </li>`)}</ul>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${post !== null && html`<p class="tray-waits" role="status"><span>${failed > 0 ? 'Your message waits: try again, or take the file out.' : 'Your message is sent when the files are uploaded.'}</span>
      <button type="button" class="link" onClick=${() => onRecall(uploads.recall(target))}>Edit it</button></p>`}
  </section>`;
}

function Progress({ item }) {
  if (item.status === 'sending') {
    return html`<span class="tray-progress"><progress max="1" value=${item.part} aria-label=${`Uploading ${item.name}`}></progress>
      <span class="hint">${Math.floor(item.part * 100)} %</span></span>`;
  }
  const words = { waiting: 'Waiting', done: `${typeText(item.type, item.name)} · ${sizeText(item.size)}`, failed: sizeText(item.size) }[item.status];
  return html`<span class="hint">${words}</span>`;
}

/** The picture itself, small; the address ends with the component. */
function Preview({ item }) {
  const [address, setAddress] = useState('');
  const picture = /^image\/(?:png|jpeg|gif|webp|avif)$/.test(item.type);
  useEffect(() => {
    if (!picture) return undefined;
    const made = URL.createObjectURL(item.file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [item.file]);
  if (!address) return html`<span class="tray-picture"><${Icon} name="file" /></span>`;
  return html`<img class="tray-picture" src=${address} alt="" onError=${() => setAddress('')} />`;
}
