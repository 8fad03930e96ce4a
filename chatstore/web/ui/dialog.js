/** A modal dialog: the browser's <dialog>, which keeps the focus inside and closes with Esc. */

import { html, useId, useLayoutEffect, useRef } from './html.js';
import { IconButton } from './icons.js';

export function Dialog({ title, onClose, children, wide = false }) {
  const box = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector('[data-first]')?.focus();
    return () => {
      dialog.close(); // first: while it is open, nothing else can take the focus
      if (before?.isConnected) before.focus();
    };
  }, []);
  return html`<dialog ref=${box} class=${wide ? 'dialog wide' : 'dialog'} aria-labelledby=${id} onClose=${() => { if (box.current) onClose(); }}
    onCancel=${(event) => { event.preventDefault(); onClose(); }}
    onMouseDown=${(event) => { if (event.target === box.current) onClose(); }}>
    <div class="dialog-inner">
      <header class="dialog-head"><h2 id=${id}>${title}</h2>
        <${IconButton} icon="close" label="Close" onClick=${onClose} /></header>
      ${children}
    </div>
  </dialog>`;
}
