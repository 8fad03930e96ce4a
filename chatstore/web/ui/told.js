/** What was just done in a section whose row may be gone: the sentence stays, and takes the focus that the row had. */

import { focusLost } from './hooks.js';
import { html, useEffect, useRef, useState } from './html.js';

/** ms within which the row goes; later a lost focus has another cause. */
const SOON = 5_000;

/** @returns {[any, (told: string) => void]} the element, and a function that sets its sentence */
export function useTold() {
  const [told, setTold] = useState('');
  const place = useRef(null);
  const since = useRef(0);
  useEffect(() => {
    if (!told || !focusLost() || Date.now() - since.current > SOON) return;
    since.current = 0;
    place.current.focus();
  });
  const tell = (text) => {
    since.current = Date.now();
    setTold(text);
  };
  return [html`<p ref=${place} class="good told" role="status" tabindex="-1">${told}</p>`, tell];
}
