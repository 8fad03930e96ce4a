import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LineError, parse } from '../../../chatstore/web/irc/line.js';
import { CAPS, Login } from '../../../chatstore/web/irc/login.js';

const WHO = { account: 'bob', password: 'correct horse' };
const OFFERED = 'message-tags sasl=PLAIN,EXTERNAL batch draft/account-registration=before-connect unheard/of';

/** What is sent after each line. */
function hear(login, ...lines) {
  return lines.map((line) => login.hear(parse(line))).flat();
}

/** A login that has its capabilities. */
function begun(wanted, offered = OFFERED) {
  const login = new Login(wanted);
  login.start();
  const [request] = hear(login, `:s CAP * LS :${offered}`);
  const names = request?.replace(/^CAP REQ :/, '');
  return { login, request, sent: hear(login, `:s CAP * ACK :${names}`) };
}

test('only offered capabilities are requested, and the password goes by SASL PLAIN', () => {
  const { login, request, sent } = begun(WHO);
  assert.equal(request, 'CAP REQ :message-tags batch sasl draft/account-registration');
  assert.deepEqual(sent, ['AUTHENTICATE PLAIN']);
  assert.deepEqual(hear(login, 'AUTHENTICATE +'), [`AUTHENTICATE ${btoa('\0bob\0correct horse')}`]);
  const end = hear(login, ':s 900 bob bob!u@h Bob :You are logged in as Bob', ':s 903 bob :ok');
  assert.deepEqual(end, ['CAP END']);
  hear(login, ':s 001 Bob :Welcome');
  const { ok, nick, account, caps, offered } = login.outcome;
  assert.deepEqual([ok, nick, account], [true, 'Bob', 'Bob']);
  assert.deepEqual([...caps], ['message-tags', 'batch', 'sasl', 'draft/account-registration']);
  assert.equal(offered.sasl, 'PLAIN,EXTERNAL');
});

test('a CAP LS of several lines is awaited, and a long CAP REQ is split', () => {
  const login = new Login(WHO);
  login.start();
  const half = CAPS.length / 2;
  assert.deepEqual(hear(login, `:s CAP * LS * :${CAPS.slice(0, half).join(' ')}`), []);
  const requests = hear(login, `:s CAP * LS :${CAPS.slice(half).join(' ')}`);
  assert.ok(requests.length > 1);
  assert.ok(requests.every((line) => line.length < 450));
  assert.deepEqual(requests.map((line) => line.slice(9)).join(' ').split(' '), CAPS);
  const answers = requests.map((line, number) => `:s CAP * ${number ? 'ACK' : 'NAK'} :${line.slice(9)}`);
  assert.deepEqual(hear(login, ...answers.slice(0, -1)), []);
  assert.equal(hear(login, ...answers.slice(-1)).length, login.outcome ? 0 : 1);
});

test('a long password is sent in chunks of 400 bytes, the last one shorter', () => {
  for (const length of [290, 291, 292, 293, 600]) {
    const { login } = begun({ account: 'bob', password: 'x'.repeat(length) });
    const chunks = hear(login, 'AUTHENTICATE +').map((line) => line.slice(13));
    assert.ok(chunks.slice(0, -1).every((chunk) => chunk.length === 400));
    assert.ok(chunks.at(-1).length < 400);
    assert.equal(atob(chunks.join('').replace(/\+$/, '')), `\0bob\0${'x'.repeat(length)}`);
  }
});

test('names and passwords may contain any letters', () => {
  const { login } = begun({ account: 'zoë', password: 'пароль 👋' });
  const [line] = hear(login, 'AUTHENTICATE +');
  const bytes = Uint8Array.from(atob(line.slice(13)), (character) => character.charCodeAt(0));
  assert.equal(new TextDecoder().decode(bytes), '\0zoë\0пароль 👋');
});

for (const [line, code, text] of [
  [':s 904 bob :SASL authentication failed: wrong name or password', '904', 'wrong name or password'],
  [':s 902 bob :suspended', '902', 'suspended'],
  ['ERROR :go away', 'ERROR', 'go away'],
  [':s 465 bob :banned', '465', 'banned'],
  [':s FAIL * BUSY :later', 'BUSY', 'later'],
]) {
  test(`a refusal is told: ${line}`, () => {
    const { login } = begun(WHO);
    hear(login, 'AUTHENTICATE +', line);
    assert.deepEqual([login.outcome.ok, login.outcome.code, login.outcome.text], [false, code, text]);
  });
}

test('a server without SASL PLAIN is refused', () => {
  for (const offered of ['message-tags', 'sasl=EXTERNAL message-tags']) {
    const { login } = begun(WHO, offered);
    assert.equal(login.outcome.code, 'NO_SASL');
  }
});

test('an account is created before the welcome', () => {
  const { login, sent } = begun({ ...WHO, purpose: 'register' });
  assert.deepEqual(sent, ['REGISTER bob * :correct horse']);
  assert.deepEqual(hear(login, ':s REGISTER SUCCESS bob :Account created'), ['CAP END']);
});

test('an account is created by an invitation, which is sent first', () => {
  const { login, sent } = begun({ ...WHO, purpose: 'register', invitation: 'csi_x' }, 'sasl chatstore/accounts');
  assert.deepEqual(sent, ['INVITATION csi_x']);
  const shown = hear(login, ':s INVITATION csi_x 2026-12-02T23:10:00.000Z admin bob');
  assert.deepEqual(shown, ['REGISTER bob * :correct horse']);
  const refused = begun({ ...WHO, purpose: 'register', invitation: 'csi_x' }).login;
  hear(refused, ':s FAIL INVITATION INVALID_CODE :no such invitation');
  assert.equal(refused.outcome.code, 'INVALID_CODE');
});

test('registering without an invitation is refused where one is required', () => {
  assert.equal(begun({ ...WHO, purpose: 'register' }, 'sasl chatstore/accounts').login.outcome.code, 'INVITATION_REQUIRED');
  assert.equal(begun({ ...WHO, purpose: 'register' }, 'sasl').login.outcome.code, 'NO_REGISTRATION');
});

test('a taken or invalid name is reported', () => {
  for (const code of ['ACCOUNT_EXISTS', 'BAD_ACCOUNT_NAME']) {
    const { login } = begun({ ...WHO, purpose: 'register' });
    hear(login, `:s FAIL REGISTER ${code} bob :no`);
    assert.equal(login.outcome.code, code);
  }
});

test('a look-up learns what the server offers and what an invitation is', () => {
  const look = new Login({ purpose: 'ask' });
  assert.deepEqual(look.start(), ['CAP LS 302']);
  assert.deepEqual(hear(look, ':s CAP * LS :sasl chatstore/accounts'), []);
  assert.deepEqual(Object.keys(look.outcome.offered), ['sasl', 'chatstore/accounts']);
  const invited = new Login({ purpose: 'ask', invitation: 'csi_x' });
  assert.deepEqual(hear(invited, ':s CAP * LS :sasl'), ['INVITATION csi_x']);
  hear(invited, ':s INVITATION csi_x 2026-12-02T23:10:00.000Z user *');
  assert.deepEqual(invited.outcome.invitation, { code: 'csi_x', expires: '2026-12-02T23:10:00.000Z', role: 'user', name: '' });
});

test('a taken nick, perhaps by another device of ours, is requested again after the password', () => {
  const { login } = begun(WHO);
  hear(login, ':s 433 * bob :taken', 'AUTHENTICATE +');
  assert.deepEqual(hear(login, ':s 903 bob :ok'), ['NICK bob', 'CAP END']);
});

test('a PING before the welcome is answered', () => {
  assert.deepEqual(hear(new Login(WHO), 'PING :a token'), ['PONG :a token']);
});

test('credentials that no line can carry are refused before anything is sent', () => {
  assert.throws(() => new Login({ account: 'b ob', password: 'x' }).start(), LineError);
  assert.throws(() => new Login({ account: 'bob', password: 'x\r\nQUIT' }).start(), LineError);
});

test('a new account may have to wait for approval, and so may a login to it', () => {
  const { login } = begun({ ...WHO, purpose: 'register' });
  assert.deepEqual(hear(login, ':s REGISTER VERIFICATION_REQUIRED bob :An administrator has to approve your account'), []);
  assert.deepEqual([login.outcome.ok, login.outcome.code], [false, 'VERIFICATION_REQUIRED']);
  const later = begun(WHO).login;
  hear(later, 'AUTHENTICATE +', ':s FAIL AUTHENTICATE ACCOUNT_WAITING bob :an administrator has not approved this account yet', ':s 904 bob :SASL authentication failed');
  assert.deepEqual([later.outcome.ok, later.outcome.code], [false, 'ACCOUNT_WAITING']);
});

test('a one-use link for an existing account sets its password', () => {
  const { login } = begun({ ...WHO, purpose: 'register', invitation: 'csi_x' }, 'sasl chatstore/accounts');
  assert.deepEqual(hear(login, ':s INVITATION csi_x 2026-12-02T23:10:00.000Z reset bob'), ['REGISTER bob * :correct horse']);
  assert.deepEqual(login.outcome, null);
  assert.deepEqual(hear(login, ':s REGISTER SUCCESS bob :Password changed'), ['CAP END']);
});

test('a command that needs the password is sent after the welcome, and its answer is the outcome', () => {
  const wanted = { ...WHO, then: ['TOKEN', 'ADD', 'scopes=read;rooms=#a,#b', 'Backup script'] };
  const proven = () => {
    const { login } = begun(wanted, `${OFFERED} chatstore/accounts`);
    return [login, hear(login, 'AUTHENTICATE +', ':s 903 bob :ok', ':s 001 bob :Welcome', ':s 422 bob :No MOTD').at(-1)];
  };
  const [login, asked] = proven();
  assert.equal(asked, 'TOKEN ADD scopes=read;rooms=#a,#b :Backup script');
  hear(login, ':s TOKEN ADD 9 cst_x :Backup script');
  assert.deepEqual([login.outcome.ok, login.outcome.answer.params[2]], [true, 'cst_x']);
  const [other] = proven();
  hear(other, ':s FAIL TOKEN INVALID_PARAMETERS :There is no room #b');
  assert.deepEqual([other.outcome.ok, other.outcome.code, other.outcome.text], [false, 'INVALID_PARAMETERS', 'There is no room #b']);
});
