/**
 * The login: from a new connection to the welcome, with capabilities, a password, a token or a new account. Sans-I/O:
 * lines in, lines out.
 *
 * Specs: IRCv3 capability-negotiation, sasl (PLAIN, RFC 4616), draft/account-registration.
 */

import { bytes } from './splitting.js';
import { format } from './line.js';

/** Capabilities to request where the server offers them. */
export const CAPS = (
  'message-tags server-time batch labeled-response echo-message sasl cap-notify standard-replies account-tag ' +
  'account-notify extended-join away-notify chghost setname invite-notify multi-prefix userhost-in-names ' +
  'extended-monitor draft/chathistory draft/event-playback draft/read-marker draft/multiline ' +
  'draft/message-redaction draft/channel-rename draft/account-registration draft/persistence soju.im/search ' +
  'chatstore/accounts chatstore/rooms chatstore/administration chatstore/notify chatstore/previews ' +
  'chatstore/pins chatstore/ignore draft/message-edit soju.im/webpush draft/relaymsg draft/metadata-2'
).split(' ');
export const REGISTRATION = 'draft/account-registration';
/** The capability of servers with TOKEN, PASSWORD and INVITATION. */
export const ACCOUNTS = 'chatstore/accounts';
/** The capability of servers that are administered by lines, where members report messages. */
export const ADMINISTRATION = 'chatstore/administration';
/** The capability of servers that look at links and tell what they lead to. */
export const PREVIEWS = 'chatstore/previews';
/** The account exists, and an administrator has to approve it. */
export const WAITING = 'VERIFICATION_REQUIRED';
/** A login before that. */
export const STILL_WAITING = 'ACCOUNT_WAITING';
/** The key in the value of REGISTRATION where administrators approve new accounts. */
const APPROVAL = 'chatstore-approval';
/** Bytes of a response in one AUTHENTICATE. */
const CHUNK = 400;
/** Bytes of capabilities in one CAP REQ. A server accepts or rejects each REQ as a whole. */
const REQ = 400;

/** @typedef {import('./line.js').Line} Line */
/** @typedef {{code: string, expires: string, role: string, name: string}} Invitation */
/**
 * `ok`: the welcome came, or what was asked for instead. `code`: a numeric, or the code of a FAIL.
 * @typedef {{ok: boolean, code: string, text: string, nick: string, account: string, caps: Set<string>,
 *   offered: Record<string, string>, invitation: Invitation | null, token: {id: string, token: string} | null,
 *   answer: Line | null}} Outcome
 */

/**
 * The login of one connection. `outcome` is null until it is decided. `purpose`: 'login'; 'register', where
 * `invitation` is a code or ''; or 'ask', which only learns what the server offers and what an invitation is.
 *
 * With a `device` it ends with a token of that name, where the server issues tokens. The connection that others see
 * then logs in by the token, so that revoking the token ends it.
 *
 * `then`: a command to send after the welcome, for which the server wants the password; its `answer` is the outcome.
 */
export class Login {
  /** @type {Outcome | null} */
  outcome = null;
  /** @type {'caps' | 'acks' | 'invitation' | 'password' | 'account' | 'token' | 'welcome' | 'then'} */
  #step = 'caps';
  #offered = Object.create(null);
  #caps = new Set();
  #asked = 0;
  #account;
  #password;
  #purpose;
  #code;
  #device;
  /** @type {string[] | null} */
  #then;
  /** @type {{id: string, token: string} | null} */
  #token = null;
  #nickTaken = false;
  #name = '';
  /** @type {Invitation | null} */
  #invitation = null;

  /**
   * @param {{account?: string, password?: string, purpose?: string, invitation?: string, device?: string,
   *   then?: string[] | null}} wanted
   */
  constructor({ account = '', password = '', purpose = 'login', invitation = '', device = '', then = null }) {
    this.#account = account;
    this.#password = password;
    this.#purpose = purpose;
    this.#code = invitation;
    this.#device = device;
    this.#then = then;
  }

  /** The first lines to send. @throws {LineError} for a name or password that no line can carry */
  start() {
    if (this.#purpose === 'ask') return ['CAP LS 302'];
    format('REGISTER', [this.#account, '*', this.#password], { trailing: true });
    return ['CAP LS 302', format('NICK', [this.#account]), format('USER', ['u', '0', '*', this.#account])];
  }

  /**
   * Take a line. Returns the lines to send.
   * @param {Line} line
   * @returns {string[]}
   */
  hear(line) {
    const { command, params } = line;
    const text = params[params.length - 1] ?? '';
    if (command === 'PING') return [format('PONG', params)];
    if (this.#step === 'then' && command === this.#then[0]) return this.#decide(true, '', '', '', line);
    if (command === 'CAP') return this.#cap(params);
    if (command === 'INVITATION') return this.#invited(params);
    if (command === 'AUTHENTICATE') return this.#step === 'password' ? this.#authenticate() : [];
    if (command === '900') this.#name = params[2] ?? '';
    if (command === '903' && this.#step === 'password') return this.#proven();
    if (command === 'TOKEN') return this.#tokenMade(params);
    if (command === 'REGISTER' || command === 'FAIL') return this.#registered(line);
    if (command === '001' && this.#then !== null) return this.#sendThen();
    if (command === '001') this.#decide(true, '', '', params[0] ?? '');
    else if (/^90[24568]$/.test(command) && this.#step === 'password') return this.#refusePassword(command, text);
    // The nick may be our own: before the password the server cannot know.
    else if (command === '433' && this.#step !== 'welcome') this.#nickTaken = true;
    else if (command === 'ERROR' || (/^4\d\d$/.test(command) && this.#step !== 'then')) {
      return this.#decide(false, command, text);
    }
    return [];
  }

  #cap(params) {
    const subcommand = (params[1] ?? '').toUpperCase();
    const more = params[2] === '*';
    const words = (params[params.length - 1] ?? '').split(' ').filter(Boolean);
    if (subcommand === 'LS' && this.#step === 'caps') {
      this.#offer(words);
      return more ? [] : this.#request();
    }
    if (subcommand === 'NEW') this.#offer(words);
    if ((subcommand !== 'ACK' && subcommand !== 'NAK') || this.#step !== 'acks') return [];
    if (subcommand === 'ACK') for (const name of words) this.#caps.add(name);
    this.#asked -= 1;
    return this.#asked > 0 ? [] : this.#identify();
  }

  #offer(words) {
    for (const word of words) {
      const [name, value = ''] = word.split(/=(.*)/s);
      this.#offered[name] = value;
    }
  }

  #request() {
    if (this.#purpose === 'ask') return this.#identify();
    const lines = [''];
    for (const name of CAPS) {
      if (!(name in this.#offered)) continue;
      if (bytes(lines[0]) + bytes(name) >= REQ) lines.unshift('');
      lines[0] += lines[0] ? ` ${name}` : name;
    }
    this.#step = 'acks';
    this.#asked = lines[0] ? lines.length : 0;
    if (this.#asked === 0) return this.#identify();
    return lines.reverse().map((names) => format('CAP', ['REQ', names], { trailing: true }));
  }

  #identify() {
    if (this.#code) {
      this.#step = 'invitation';
      return [format('INVITATION', [this.#code])];
    }
    if (this.#purpose === 'ask') return this.#decide(true);
    if (this.#purpose === 'register') return this.#register();
    const mechanisms = (this.#offered.sasl ?? '').toUpperCase();
    if (!this.#caps.has('sasl') || (mechanisms && !mechanisms.split(',').includes('PLAIN'))) {
      return this.#decide(false, 'NO_SASL', 'This server does not accept passwords (SASL PLAIN).');
    }
    this.#step = 'password';
    return ['AUTHENTICATE PLAIN'];
  }

  #invited([code = '', expires = '', role = 'user', name = '*']) {
    if (this.#step !== 'invitation') return [];
    this.#invitation = { code, expires, role, name: name === '*' ? '' : name };
    return this.#purpose === 'register' ? this.#register() : this.#decide(true);
  }

  #authenticate() {
    const secret = base64(`\0${this.#account}\0${this.#password}`);
    const chunks = secret.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
    if (chunks[chunks.length - 1]?.length === CHUNK) chunks.push('+');
    return chunks.map((chunk) => `AUTHENTICATE ${chunk}`);
  }

  #refusePassword(command, text) {
    return this.#decide(false, command, text.replace(/^SASL authentication failed: /, ''));
  }

  #register() {
    if (!(REGISTRATION in this.#offered) && !this.#invitation) {
      const invites = ACCOUNTS in this.#offered;
      return this.#decide(false, invites ? 'INVITATION_REQUIRED' : 'NO_REGISTRATION',
        invites ? 'You need an invitation to create an account here.' : 'You cannot create an account here.');
    }
    this.#step = 'account';
    return [format('REGISTER', [this.#account, '*', this.#password], { trailing: true })];
  }

  #registered({ command, params }) {
    const [about = '', code = ''] = params;
    const text = params[params.length - 1] ?? '';
    if (command === 'FAIL') {
      // Without a token, log in by the password.
      if (about === 'TOKEN' && this.#step === 'token') return this.#finish();
      const ours = {
        account: 'REGISTER', invitation: 'INVITATION', password: 'AUTHENTICATE', then: this.#then?.[0],
      }[this.#step];
      return about === '*' || about.toUpperCase() === ours ? this.#decide(false, code, text) : [];
    }
    // Spec: draft/account-registration. Here it means that an administrator has to approve the account.
    if (this.#step === 'account' && about.toUpperCase() === WAITING) return this.#decide(false, WAITING, text);
    if (this.#step !== 'account' || about.toUpperCase() !== 'SUCCESS') return [];
    this.#name = params[1] ?? this.#account;
    return this.#proven();
  }

  /** The server accepted the password or the new account. */
  #proven() {
    if (!this.#device || !(ACCOUNTS in this.#offered)) return this.#finish();
    this.#step = 'token';
    return [format('TOKEN', ['ADD', this.#device], { trailing: true })];
  }

  #sendThen() {
    this.#step = 'then';
    const [command, ...params] = this.#then;
    return [format(command, params, { trailing: true })];
  }

  #tokenMade([subcommand, id = '', token = '']) {
    if (this.#step !== 'token' || subcommand !== 'ADD') return [];
    this.#token = { id, token };
    return this.#decide(true);
  }

  #finish() {
    this.#step = 'welcome';
    return [...(this.#nickTaken ? [format('NICK', [this.#account])] : []), 'CAP END'];
  }

  #decide(ok, code = '', text = '', nick = '', answer = null) {
    this.outcome ??= {
      ok, code, text, nick, account: this.#name || this.#account, caps: this.#caps, offered: this.#offered,
      invitation: this.#invitation, token: this.#token, answer,
    };
    return [];
  }
}

/**
 * Who may create an account: 'open' (everyone), 'approval' (everyone, and an administrator approves), 'invite' or
 * 'closed'.
 * @param {Record<string, string>} offered
 */
export function registrationIn(offered) {
  const value = offered[REGISTRATION];
  if (value !== undefined) return value.split(',').includes(APPROVAL) ? 'approval' : 'open';
  return ACCOUNTS in offered ? 'invite' : 'closed';
}

/** Encode a text as UTF-8 and base64. */
export function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
