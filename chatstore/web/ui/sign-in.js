/** The form that signs in, creates an account, or uses an invitation. */

import { STILL_WAITING, WAITING } from '../irc/login.js';
import { useApp } from './hooks.js';
import { html, useEffect, useRef, useState } from './html.js';
import { codeIn } from './invitation.js';
import { sentence } from './message-text.js';
import { nameError } from './name-check.js';

/** The server's network name, which it writes into the page; '' for the default name. */
function networkName() {
  const name = document.querySelector('meta[name="application-name"]')?.content ?? '';
  return name === 'chatstore' ? '' : name;
}

/** Where the person signs in. The name proves nothing, so the address stands beside it. */
function place(network, host) {
  return network ? `${network} (${host})` : host;
}

const TITLES = { in: 'Sign in', new: 'Create an account', invited: 'You are invited', reset: 'Set a new password', activate: 'Take over your account' };
const BUTTONS = { reset: 'Set password', activate: 'Take over' };

export function SignIn({ invitation, why, onEntered }) {
  const { client } = useApp();
  const [mode, setMode] = useState(invitation ? 'invited' : 'in');
  const [code, setCode] = useState(invitation);
  const [invited, setInvited] = useState(null);
  const [account, setAccount] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  /** Whether an administrator has to approve the new account: '', 'new', or 'asked' after a sign-in that came too early. */
  const [waits, setWaits] = useState('');
  /** Who may create an account: 'open', 'approval', 'invite' or 'closed'. */
  const [open, setOpen] = useState('open');

  const form = useRef(null);
  /** What a one-use link does to an existing account: 'reset' (a new password) or 'activate' (take it over); '' otherwise. */
  const existing = mode === 'invited' && ['reset', 'activate'].includes(invited?.role) ? invited.role : '';

  const check = async (text) => {
    setError('');
    setBusy(true);
    try {
      const found = await client.checkInvitation(codeIn(text));
      setInvited(found);
      if (found.name) setAccount(found.name);
    } catch (error) {
      setError(sentence(error.message));
    }
    setBusy(false);
  };
  useEffect(() => {
    if (invitation) check(invitation);
    else client.registration().then(setOpen, () => {});
  }, []);

  useEffect(() => {
    const first = () => [...form.current?.querySelectorAll('input') ?? []]
      .find((field) => !field.readOnly && !field.value)?.focus();
    const dialog = document.querySelector('dialog[open]'); // the account dialog, after signing out: until it closes nothing else can take the focus
    if (dialog) dialog.addEventListener('close', first, { once: true });
    else first();
  }, [mode, invited, waits]);

  const submit = async (event) => {
    event.preventDefault();
    setError('');
    if (mode === 'invited' && !invited) {
      await check(code);
      return;
    }
    if (mode !== 'in' && password !== again) {
      setError('The passwords do not match.');
      return;
    }
    const near = mode === 'in' || existing ? '' : nameError(account.trim());
    if (near) {
      setError(near);
      return;
    }
    setBusy(true);
    try {
      if (mode === 'in') await client.signIn({ account: account.trim(), password });
      else if (existing) await client.resetPassword({ account: invited.name, password, code: codeIn(code) });
      else await client.register({ account: account.trim(), password, ...(invited && { code: codeIn(code) }) });
      onEntered({ fresh: mode !== 'in' });
    } catch (error) {
      setBusy(false);
      if (error.code === WAITING || error.code === STILL_WAITING) {
        setWaits(error.code === WAITING ? 'new' : 'asked');
        setMode('in');
        return;
      }
      setError(sentence(error.message || 'Something went wrong'));
      if (error.code === 'INVITATION_REQUIRED') setMode('invited');
    }
  };
  const turn = (to) => {
    setMode(to);
    setError('');
    setWaits('');
  };
  const asksCode = mode === 'invited' && !invited;
  const title = TITLES[existing] ?? TITLES[mode];
  if (waits) return html`<${WaitsForApproval} account=${account.trim()} again=${waits === 'asked'} busy=${busy} error=${error} onTry=${submit} onLeave=${() => turn('in')} />`;
  return html`<main class="sign-in">
    <form ref=${form} onSubmit=${submit}>
      <img src="icons/icon.svg" alt="" width="56" height="56" />
      <h1>${title}</h1>
      <p class="hint">on <b>${place(networkName(), location.host)}</b></p>
      ${invited?.role === 'admin' && html`<p class="hint strong">This invitation makes you an administrator of the server: you can
        invite people and fix what goes wrong.</p>`}
      ${existing === 'reset' && html`<p class="hint">Choose a new password for <b dir="auto">${invited.name}</b>.</p>`}
      ${existing === 'activate' && html`<p class="hint">What <b dir="auto">${invited.name}</b> wrote elsewhere is here already. Choose a password, and the account is yours.</p>`}
      ${invited && !existing && invited.role !== 'admin' && html`<p class="hint">Choose a name and a password.</p>`}
      ${mode === 'new' && open === 'approval' && html`<p class="hint">An administrator approves new accounts before they can sign in.</p>`}
      ${asksCode ? html`<label>Invitation <input name="code" value=${code} required autocomplete="off" spellcheck=${false}
          onInput=${(event) => setCode(event.currentTarget.value)} />
          <small>Paste the code or the whole link</small></label>`
        : html`<label>Name <input name="account" value=${account} required autocomplete="username" autocapitalize="none"
            spellcheck=${false} readonly=${Boolean(invited?.name)} onInput=${(event) => setAccount(event.currentTarget.value)} /></label>
          <label>Password <input name="password" type="password" value=${password} required
            autocomplete=${mode === 'in' ? 'current-password' : 'new-password'} onInput=${(event) => setPassword(event.currentTarget.value)} /></label>
          ${mode !== 'in' && html`<label>Confirm password <input name="again" type="password" value=${again} required
            autocomplete="new-password" onInput=${(event) => setAgain(event.currentTarget.value)} /></label>`}`}
      ${why && !error && html`<p class="error" role="alert">You were signed out: ${sentence(why)}</p>`}
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <button type="submit" class="main-button" disabled=${busy}>${busy ? 'One moment…' : asksCode ? 'Continue'
        : mode === 'in' ? 'Sign in' : existing ? BUTTONS[existing] : 'Create account'}</button>
      <p class="other-ways">
        ${mode !== 'in' && html`<button type="button" class="link" onClick=${() => turn('in')}>I have an account</button>`}
        ${mode !== 'new' && !invited && (open === 'open' || open === 'approval') && html`<button type="button" class="link" onClick=${() => turn('new')}>Create an account</button>`}
        ${mode !== 'invited' && open !== 'closed' && html`<button type="button" class="link" onClick=${() => turn('invited')}>I have an invitation</button>`}
      </p>
    </form>
  </main>`;
}

/** What somebody sees whose account an administrator has not approved yet. `again`: they have tried to sign in. */
function WaitsForApproval({ account, again, busy, error, onTry, onLeave }) {
  const heading = useRef(null);
  useEffect(() => {
    heading.current.focus();
  }, []);
  return html`<main class="sign-in">
    <form onSubmit=${onTry}>
      <img src="icons/icon.svg" alt="" width="56" height="56" />
      <h1 ref=${heading} tabindex="-1">Waiting for approval</h1>
      <p>An administrator has to approve the account <b dir="auto">${account}</b> before you can sign in. You need not wait here: come back
        later and sign in with your name and password.</p>
      <p class="hint" role="status">${busy ? 'One moment…' : again ? 'Not approved yet.' : ''}</p>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <button type="submit" class="main-button" disabled=${busy}>Try to sign in</button>
      <p class="other-ways"><button type="button" class="link" onClick=${onLeave}>Use another account</button></p>
    </form>
  </main>`;
}
