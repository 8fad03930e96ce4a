/** One picture on the whole screen, and its neighbours in the conversation: larger, smaller, saved. */

import { download, useSource } from './file-source.js';
import { useApp } from './hooks.js';
import { html, useLayoutEffect, useRef, useState } from './html.js';
import { IconButton } from './icons.js';

/** The steps of enlargement: 1 fits the screen. */
const STEPS = [1, 1.5, 2, 3, 4, 6, 8];

/** @param {{pictures: import('../irc/file-links.js').FileLink[], at: number, close: () => void}} props */
export function Lightbox({ pictures, at: first, close }) {
  const { client, page } = useApp();
  const [at, setAt] = useState(first);
  const [step, setStep] = useState(0);
  const box = useRef(null);
  const place = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    place.current.focus();
    return () => {
      box.current?.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const picture = pictures[at];
  const go = (to) => {
    if (!pictures[to]) return;
    setAt(to);
    setStep(0);
  };
  const zoom = (by) => setStep((now) => Math.max(0, Math.min(STEPS.length - 1, now + by)));
  const keys = {
    ArrowLeft: () => step === 0 && go(at - 1), ArrowRight: () => step === 0 && go(at + 1), Home: () => go(0),
    End: () => go(pictures.length - 1), '+': () => zoom(1), '=': () => zoom(1), '-': () => zoom(-1), 0: () => setStep(0),
  };
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    if (keys[event.key]() !== false) event.preventDefault(); // enlarged, the arrows scroll
  };
  const about = picture.alt || picture.name;
  return html`<dialog ref=${box} class="lightbox" aria-label=${`Picture: ${about}`} onKeyDown=${pressed}
    onClose=${() => { if (box.current) close(); }} onCancel=${(event) => { event.preventDefault(); close(); }}>
    <header class="lightbox-head">
      <p dir="auto" role="status">${about}${pictures.length > 1 && html` <span class="count">${at + 1} of ${pictures.length}</span>`}</p>
      <${IconButton} icon="smaller" label="Smaller" disabled=${step === 0} onClick=${() => zoom(-1)} />
      <${IconButton} icon="larger" label="Larger" disabled=${step === STEPS.length - 1} onClick=${() => zoom(1)} />
      <${IconButton} icon="download" label="Download" onClick=${() => download(client, picture).catch(page.showError)} />
      <${IconButton} icon="close" label="Close" onClick=${close} />
    </header>
    <div class="lightbox-place" ref=${place} tabindex="0" role="group" aria-label="The picture"
      onClick=${(event) => { if (event.target === place.current && step === 0) close(); }}>
      <${Whole} key=${picture.path} picture=${picture} about=${about} scale=${STEPS[step]}
        onTurn=${() => setStep(step === 0 ? 2 : 0)} client=${client} />
    </div>
    ${at > 0 && html`<span class="lightbox-side before"><${IconButton} icon="left" label="Picture before" onClick=${() => go(at - 1)} /></span>`}
    ${at < pictures.length - 1 && html`<span class="lightbox-side after"><${IconButton} icon="right" label="Next picture" onClick=${() => go(at + 1)} /></span>`}
  </dialog>`;
}

function Whole({ picture, about, scale, onTurn, client }) {
  const { src, failed, onError } = useSource(client, picture.path);
  if (failed) return html`<p class="error" role="alert">${failed}</p>`;
  const percent = `${scale * 100}%`;
  return html`<img src=${src || null} alt=${about} width=${picture.width || null} height=${picture.height || null} class=${scale > 1 ? 'enlarged' : ''}
    style=${scale > 1 ? { width: percent, maxWidth: 'none', maxHeight: 'none' } : {}} draggable=${false} onError=${onError} onDblClick=${onTurn} />`;
}
