/** A link that works once, to copy and send: an invitation, or a way to a new password. */

import { html, useEffect, useRef, useState } from './html.js';

/** `fresh`: whether it appears as the answer to a click; it then takes the focus. */
export function OneUseLink({ label, link, fresh = false }) {
  const [copied, setCopied] = useState(false);
  const box = useRef(null);
  const field = useRef(null);
  useEffect(() => {
    setCopied(false);
    if (!fresh) return;
    field.current.focus();
    box.current.scrollIntoView({ block: 'nearest' });
  }, [link]);
  const copy = async () => {
    field.current.select();
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      setCopied(false); // the text is selected: Ctrl C copies it
    }
  };
  return html`<div class="one-use-link" ref=${box}><label>${label} <input ref=${field} name="link" value=${link} readonly onFocus=${(event) => event.currentTarget.select()} /></label>
    <p class="buttons"><button type="button" onClick=${copy}>Copy</button> ${copied && html`<span role="status" class="good">Copied.</span>`}</p></div>`;
}
