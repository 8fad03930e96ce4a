/** A list that the server gives page by page, with a filter: loading, empty, failed, and more. */

import { useApp } from './hooks.js';
import { sentence } from './message-text.js';
import { html, useEffect, useRef, useState } from './html.js';

/** ms after a key in the filter until the list is asked for. */
const TYPING = 250;

/**
 * A page of a list, and further ones. `ask` is called with the rows' cursor ('' for the first page) and resolves to
 * {rows, more, total}; `key` names what is asked for: when it changes, the list starts anew. While the new rows are
 * awaited, the old ones stay.
 * @template Row
 * @param {(after: string) => Promise<{rows: Row[], more: string, total: number}>} ask
 */
export function usePages(key, ask) {
  const [state, setState] = useState({ rows: null, more: '', total: 0, error: '', busy: true });
  const number = useRef(0);
  const load = async (after, before) => {
    number.current += 1;
    const mine = number.current;
    setState((now) => ({ ...now, busy: true, error: '' }));
    try {
      const { rows, more = '', total = 0 } = await ask(after);
      if (mine === number.current) setState({ rows: [...before, ...rows], more, total, error: '', busy: false });
    } catch (error) {
      if (mine === number.current) setState((now) => ({ ...now, busy: false, error: sentence(error?.message || 'Something went wrong') }));
    }
  };
  useEffect(() => {
    load('', []);
  }, [key]);
  useEffect(() => () => {
    number.current += 1;
  }, []);
  return { ...state, again: () => load('', []), further: () => load(state.more, state.rows ?? []) };
}

/** A text that follows another one once nobody types any more. */
export function useSettled(text) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export function Filter({ label, value, onChange }) {
  return html`<label class="filter"><span class="visually-hidden">${label}</span>
    <input type="search" name="filter" placeholder=${label} value=${value} autocomplete="off" autocapitalize="none" spellcheck=${false}
      onInput=${(event) => onChange(event.currentTarget.value)} /></label>`;
}

/**
 * The rows, or what is there instead. `empty`: the sentence for a list without rows. `render`: a row as a list item's
 * content.
 */
export function PagedList({ pages, label, empty, keyOf, render }) {
  const { rows, more, total, error, busy, again, further } = pages;
  const left = total > 0 && rows !== null ? total - rows.length : 0;
  return html`<div class="paged" aria-busy=${busy ? 'true' : 'false'}>
    ${rows === null && busy && html`<p class="hint" role="status">Loading…</p>`}
    ${error && html`<div class="failed"><p class="error" role="alert">${error}</p>
      <p class="buttons"><button type="button" onClick=${again}>Try again</button></p></div>`}
    ${rows?.length === 0 && !error && html`<p class="hint nothing" role="status">${empty}</p>`}
    <p class="visually-hidden" role="status">${rows?.length > 0 && !busy ? `${label}: ${rows.length}${more ? ', and more' : ''}` : ''}</p>
    ${rows?.length > 0 && html`<ul class="admin-list" aria-label=${label}>${rows.map((row) => html`<li key=${keyOf(row)}>${render(row)}</li>`)}</ul>`}
    ${more && html`<p class="buttons"><button type="button" disabled=${busy} onClick=${further}>${busy ? 'Loading…' : `Show more${left > 0 ? ` (${left} left)` : ''}`}</button></p>`}
  </div>`;
}

/** A number that changes when this dialog closes: it may have changed what a list behind it shows. */
export function useChanged(kind) {
  const { page } = useApp();
  const open = page.dialog?.kind === kind;
  const state = useRef({ open, number: 0 });
  if (state.current.open && !open) state.current.number += 1;
  state.current.open = open;
  return state.current.number;
}

/**
 * The pages of a list that the server gives as a whole. `fits` picks rows; `picked` names what it picks, as `key` names
 * what is asked for.
 */
export function useWhole(key, ask, { picked = '', fits = null, step = 50 } = {}) {
  const whole = useRef({ key: null, rows: [] });
  const pages = usePages(`${key} ${picked}`, async (after) => {
    if (whole.current.key !== key) whole.current = { key, rows: await ask() };
    const rows = fits === null ? whole.current.rows : whole.current.rows.filter(fits);
    const start = Number(after || 0);
    return { rows: rows.slice(start, start + step), more: start + step < rows.length ? String(start + step) : '', total: rows.length };
  });
  const again = () => {
    whole.current = { key: null, rows: [] };
    pages.again();
  };
  return { ...pages, again };
}
