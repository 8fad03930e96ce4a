/**
 * What an administrator can do to one thing: a button for each act. An act that is dangerous, or that needs words, first
 * opens a form that says what will happen. Where the server wants the password again, the form asks for it.
 */

import { focusLost, useApp, useAsync } from './hooks.js';
import { classes, html, useEffect, useRef, useState } from './html.js';
import { OneUseLink } from './one-use-link.js';

/**
 * `says`: what will happen. `fields`: what to fill in; with `choices` ([value, label]) a selection; `exactly`: the text
 * that must be typed; `prose`: words for people. `run`: called with the values by name; resolves to the sentence that
 * tells what was done, or {told, link, label} with a link to show. Without `says` and `fields` the button acts at once.
 * `button`: the label of the confirming button.
 * @typedef {{name: string, label: string, choices?: [string, string][], required?: boolean, exactly?: string, value?: string,
 *   hint?: string, placeholder?: string, prose?: boolean}} Field
 * @typedef {{name: string, label: string, danger?: boolean, says?: string, fields?: Field[], button?: string, spoken?: string,
 *   run: (values: Record<string, string>) => Promise<string | {told?: string, link: string, label: string}>}} Act
 */

/**
 * @param {{acts: (Act | false)[], about?: string, onDone?: (told: string) => void}} props `about`: what they act on, for
 *   screen readers, where several lists of acts are on the screen; `onDone` is called after each act
 */
export function Acts({ acts, about = '', onDone = null }) {
  const { client } = useApp();
  const [open, setOpen] = useState('');
  const [done, setDone] = useState(null);
  const [unproven, setUnproven] = useState(null);
  const { busy, error, run } = useAsync();
  const box = useRef(null);
  const used = useRef(false);
  const usable = acts.filter(Boolean);
  const act = usable.find(({ name }) => name === open);
  useEffect(() => {
    // The form that had the focus is gone.
    if (used.current && !open && !unproven && focusLost()) box.current?.querySelector('button, input')?.focus();
  }, [open, unproven]);
  const perform = async (one, values, password = '') => {
    let result = null;
    let asks = false;
    setDone(null);
    const succeeded = await run(async () => {
      if (password) await client.administration.confirm(password);
      try {
        result = await one.run(values);
      } catch (error) {
        asks = error.code === 'PASSWORD_REQUIRED' && !password;
        if (!asks) throw error;
      }
    });
    if (!succeeded) return;
    setUnproven(asks ? { act: one, values } : null);
    setOpen('');
    if (asks) return;
    setDone(typeof result === 'string' ? { told: result } : result);
    onDone?.(typeof result === 'string' ? result : result?.told ?? '');
  };
  const press = (one) => {
    used.current = true;
    setDone(null);
    setUnproven(null);
    if (one.says || one.fields) setOpen(one.name);
    else perform(one, {});
  };
  if (usable.length === 0) return null;
  return html`<div class=${classes('acts', (act || unproven || error || done?.link) && 'asking')} ref=${box}>
    ${!act && !unproven && html`<p class="buttons">${usable.map((one) => html`<button key=${one.name} type="button" class=${classes(one.danger && 'danger')}
      disabled=${busy} aria-label=${about ? `${one.label} ${about}` : null} onClick=${() => press(one)}>${one.label}</button>`)}</p>`}
    ${act && html`<${ActForm} key=${act.name} act=${act} busy=${busy} onSubmit=${(values) => perform(act, values)} onCancel=${() => setOpen('')} />`}
    ${unproven && html`<${Proof} busy=${busy} onCancel=${() => setUnproven(null)} onSubmit=${(password) => perform(unproven.act, unproven.values, password)} />`}
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <p class="good" role="status">${done?.told ?? ''}</p>
    ${done?.link && html`<${OneUseLink} label=${done.label} link=${done.link} fresh />`}
  </div>`;
}

const PROOF = {
  name: 'proof', label: 'Confirm that it is you', button: 'Go on', says: 'This needs your password, so that nobody does it at a browser that you left open.',
  fields: [{ name: 'password', label: 'Your password', required: true, secret: true }],
};

/** The form in which people prove that it is them: whoever finds an open browser must not make administrators. */
export function Proof({ busy, onSubmit, onCancel }) {
  return html`<${ActForm} key="password" act=${PROOF} busy=${busy} onCancel=${onCancel} onSubmit=${({ password }) => onSubmit(password)} />`;
}

function ActForm({ act, busy, onSubmit, onCancel }) {
  const { fields = [], says = '', label, danger = false } = act;
  const title = label.replace(/…$/, '');
  const [values, setValues] = useState(Object.fromEntries(fields.map((one) => [one.name, one.value ?? one.choices?.[0]?.[0] ?? ''])));
  const form = useRef(null);
  useEffect(() => {
    (form.current.querySelector('input, select') ?? form.current.querySelector('button[type="button"]')).focus();
    form.current.scrollIntoView({ block: 'nearest' });
  }, []);
  const ready = fields.every(({ name, required, exactly }) => (exactly ? values[name].trim() === exactly : !required || values[name].trim() !== ''));
  const change = (name) => (event) => setValues({ ...values, [name]: event.currentTarget.value });
  const submit = (event) => {
    event.preventDefault();
    if (ready && !busy) onSubmit(Object.fromEntries(fields.map(({ name, secret }) => [name, secret ? values[name] : values[name].trim()])));
  };
  const pressed = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault(); // closes the form, not the dialog around it
    event.stopPropagation();
    onCancel();
  };
  return html`<form ref=${form} class=${classes('act', danger && 'risky')} aria-label=${title} onSubmit=${submit} onKeyDown=${pressed}>
    ${says && html`<p>${says}</p>`}
    ${fields.map((one) => html`<label key=${one.name}>${one.label}
      ${one.choices ? html` <select name=${one.name} value=${values[one.name]} onChange=${change(one.name)}>
          ${one.choices.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}</select>`
        : html` <input name=${one.name} type=${one.secret ? 'password' : 'text'} value=${values[one.name]} placeholder=${one.placeholder ?? null}
            autocomplete=${one.secret ? 'current-password' : 'off'} autocapitalize=${one.prose ? null : 'none'} spellcheck=${Boolean(one.prose)}
            onInput=${change(one.name)} />`}
      ${one.hint && html`<small>${one.hint}</small>`}</label>`)}
    <p class="buttons"><button type="submit" class=${danger ? 'danger' : 'main-button'} disabled=${busy || !ready}>${busy ? 'One moment…' : act.button ?? title}</button>
      <button type="button" onClick=${onCancel}>Cancel</button></p>
  </form>`;
}
