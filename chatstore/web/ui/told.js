/** What was just done in a section whose row may be gone: the sentence stays, and takes the focus that the row had. */

import { html, useEffect, useRef, useState } from './html.js';

/** @returns {[any, (told: string) => void]} the element, and a function that sets its sentence */
export function useTold() {
  const [told, setTold] = useState({ text: '', number: 0 });
  const place = useRef(null);
  useEffect(() => {
    if (told.text && document.activeElement === document.body) place.current.focus();
  });
  const element = html`<p ref=${place} class="good told" role="status" tabindex="-1">${told.text}</p>`;
  return [element, (text) => setTold({ text, number: told.number + 1 })];
}
