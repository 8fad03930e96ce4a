import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, storageOf } from '../../../chatstore/web/irc/client.js';
import { MemoryCache, storage } from './memory.js';
import { Browser } from './fake_browser.js';

const CAPS = 'sasl message-tags server-time batch labeled-response echo-message draft/chathistory draft/read-marker chatstore/accounts';
const TOKEN = 'cst_abc';

/** Let what was promised happen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A server of few words, for one connection after another. */
class Script {
  browser = new Browser();
  kept = storage();
  cache = new MemoryCache();

  constructor(caps = CAPS) {
    this.caps = caps;
    this.client = this.page();
  }

  page() {
    return new Client({ url: 'ws://h/', storage: this.kept, cache: this.cache, device: 'desk', browser: this.browser });
  }

  get socket() {
    return this.browser.socket;
  }

  /** Up to the password; what it was. */
  asks() {
    this.socket.opens();
    this.socket.says(`:s CAP * LS :${this.caps}`, `:s CAP * ACK :${this.caps}`, 'AUTHENTICATE +');
    const line = this.socket.take().findLast((one) => one.startsWith('AUTHENTICATE '));
    return atob(line.slice(13)).split('\0')[2];
  }

  /** The password is right; `rooms` are those of the account. */
  welcomes(...rooms) {
    this.socket.says(':s 900 bob bob!u@h bob :hi', ':s 903 bob :ok', ':s 001 bob :Welcome bob!u@h', ':s 005 bob CHATHISTORY=100 :are supported');
    this.socket.says(':s 422 bob :no MOTD', ...rooms.map((room) => `:bob!u@h JOIN ${room}`), ':s BATCH +t draft/chathistory-targets', ':s BATCH -t');
  }

  givesToken() {
    this.socket.says(':s 900 bob bob!u@h bob :hi', ':s 903 bob :ok');
    assert.deepEqual(this.socket.take(), ['TOKEN ADD :desk']);
    this.socket.says(`:s TOKEN ADD 7 ${TOKEN} :desk`);
  }

  async signedIn(...rooms) {
    const signing = this.client.signIn({ account: 'bob', password: 'secret' });
    this.asks();
    this.givesToken();
    this.asks();
    this.welcomes(...rooms);
    await signing;
    this.socket.take();
  }

  status() {
    return this.client.state.connection.status;
  }
}

test('the password is used once; the token is saved and used to reconnect', async () => {
  const script = new Script();
  const signing = script.client.signIn({ account: 'bob', password: 'secret' });
  assert.equal(script.status(), 'connecting');
  assert.equal(script.asks(), 'secret');
  script.givesToken();
  assert.equal(script.browser.sockets[0].closed, true);
  assert.equal(script.asks(), TOKEN);
  script.welcomes();
  await signing;
  assert.equal(script.status(), 'online');
  assert.ok(!JSON.stringify([...script.kept.items]).includes('secret'));
  script.socket.breaks();
  assert.deepEqual([script.status(), script.client.state.connection.retryIn], ['retrying', 1]);
  script.browser.pass(1000);
  assert.equal(script.asks(), TOKEN);
});

test('a wrong password is reported, and nobody is signed in', async () => {
  const script = new Script();
  const signing = script.client.signIn({ account: 'bob', password: 'wrong' });
  script.asks();
  script.socket.says(':s 904 bob :SASL authentication failed: wrong name or password');
  await assert.rejects(signing, { code: '904', message: 'wrong name or password' });
  assert.deepEqual([script.status(), script.client.signedIn, script.client.resume()], ['offline', false, false]);
  script.browser.pass(60_000);
  assert.equal(script.browser.sockets.length, 1);
});

test('at a first sign-in an unreachable server is reported at once, without retries', async () => {
  const script = new Script();
  const signing = script.client.signIn({ account: 'bob', password: 'secret' });
  script.socket.breaks();
  await assert.rejects(signing, { code: 'OFFLINE' });
  script.browser.pass(60_000);
  assert.equal(script.browser.sockets.length, 1);
});

test('without tokens the password is kept in memory', async () => {
  const script = new Script('sasl message-tags batch');
  const signing = script.client.signIn({ account: 'bob', password: 'secret' });
  script.asks();
  script.welcomes();
  await signing;
  assert.equal(script.kept.items.size, 0);
  script.socket.breaks();
  script.browser.pass(1000);
  assert.equal(script.asks(), 'secret');
});

test('if no token can be issued, the password signs in', async () => {
  const script = new Script();
  const signing = script.client.signIn({ account: 'bob', password: 'secret' });
  script.asks();
  script.socket.says(':s 903 bob :ok', ':s FAIL TOKEN LIMIT_REACHED :there are 50');
  assert.deepEqual(script.socket.take(), ['TOKEN ADD :desk', 'CAP END']);
  script.socket.says(':s 001 bob :Welcome bob!u@h', ':s 422 bob :no MOTD');
  await signing;
  assert.equal(script.status(), 'online');
});

test('a new account joins the server\'s default rooms', async () => {
  const script = new Script(`${CAPS} draft/account-registration chatstore/rooms=#main,#tea`);
  const making = script.client.register({ account: 'bob', password: 'secret' });
  script.socket.opens();
  script.socket.says(`:s CAP * LS :${script.caps}`, `:s CAP * ACK :${CAPS}`);
  assert.equal(script.socket.take().at(-1), 'REGISTER bob * :secret');
  script.socket.says(':s REGISTER SUCCESS bob :Account created');
  script.socket.take();
  script.socket.says(`:s TOKEN ADD 7 ${TOKEN} :desk`);
  assert.equal(script.asks(), TOKEN);
  script.welcomes();
  await settled();
  const joins = script.socket.take().filter((line) => line.includes('JOIN'));
  assert.deepEqual(joins, ['@label=a1 JOIN #main', '@label=a2 JOIN #tea']);
  script.socket.says('@label=a1 :bob!u@h JOIN #main', '@label=a2 :s 403 bob #tea :no such room');
  await making;
  assert.deepEqual(script.client.state.buffers.map(({ name }) => name), ['#main']);
});

test('a revoked token signs out, and the page asks for the password', async () => {
  const script = new Script();
  await script.signedIn();
  script.socket.says('ERROR :Closing link: the token that you logged in with was removed');
  script.socket.breaks();
  script.browser.pass(1000);
  script.asks();
  script.socket.says(':s 904 bob :SASL authentication failed: wrong name or password');
  assert.deepEqual([script.status(), script.client.signedIn, script.kept.items.size], ['refused', false, 0]);
  script.browser.pass(60_000);
  assert.equal(script.browser.sockets.length, 3);
});

test('after a password change in another tab this one signs in by the new token', async () => {
  const script = new Script();
  await script.signedIn();
  script.kept.setItem('chatstore-sign-in', JSON.stringify({ account: 'bob', token: 'cst_new', id: '8' }));
  script.socket.breaks();
  script.browser.pass(1000);
  assert.equal(script.asks(), TOKEN);
  script.socket.says(':s 904 bob :SASL authentication failed: wrong name or password');
  assert.equal(script.asks(), 'cst_new');
  script.welcomes();
  assert.deepEqual([script.status(), script.client.signedIn, script.kept.items.size], ['online', true, 1]);
  script.socket.breaks();
  script.browser.pass(1000);
  assert.equal(script.asks(), 'cst_new');
  script.socket.says(':s 904 bob :SASL authentication failed: wrong name or password');
  assert.deepEqual([script.status(), script.kept.items.size], ['refused', 0]);
});

test('a busy server is retried later', async () => {
  const script = new Script();
  await script.signedIn();
  script.socket.breaks();
  script.browser.pass(1000);
  script.asks();
  script.socket.says(':s FAIL * BUSY :later');
  assert.deepEqual([script.status(), script.client.signedIn], ['retrying', true]);
});

test('a reloaded page shows the cache before it is connected, and then catches up', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1');
  script.socket.says('@time=2023-11-14T22:13:20.000Z;msgid=1-1 :alice!u@h PRIVMSG #tea :hello', ':s MARKREAD #tea timestamp=2023-11-14T22:13:20.000Z');
  await script.client.saved();
  script.client = script.page();
  assert.equal(script.client.resume(), true);
  await settled();
  const [tea] = script.client.state.buffers;
  assert.deepEqual([tea.name, tea.entries.map(({ text }) => text), tea.unread], ['#tea', ['hello'], 0]);
  assert.equal(script.asks(), TOKEN);
  script.welcomes('#tea');
  assert.ok(script.socket.take().includes('CHATHISTORY AFTER #tea msgid=1-1 100'));
});

test('changes are saved a moment later, and only the last entries of a room', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1');
  for (let number = 1; number <= 400; number += 1) {
    const time = new Date(1_700_000_000_000 + number).toISOString();
    script.socket.says(`@time=${time};msgid=1-${number} :alice!u@h PRIVMSG #tea :${number}`);
  }
  script.browser.pass(2000);
  await settled();
  const [record] = await script.cache.load('bob');
  assert.deepEqual([record.entries.length, record.entries[0].text, record.complete], [300, '101', false]);
  assert.deepEqual(record.timeline.spans.map(({ from, to }) => [from.msgid, to.msgid]), [['1-101', '1-400']]);
});

test('messages unsent when the page was closed can be sent by the next page', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1');
  script.socket.breaks();
  script.client.say('#tea', 'later');
  await script.client.saved();
  script.client = script.page();
  script.client.resume();
  await settled();
  script.asks();
  script.welcomes('#tea');
  script.socket.says(':s BATCH +2 chathistory #tea', ':s BATCH -2');
  const [{ key, failed, pending }] = script.client.state.buffers[0].entries;
  assert.deepEqual([failed, pending], ['the page was closed before the server stored it', false]);
  script.socket.take();
  script.client.retry('#tea', key);
  assert.deepEqual(script.socket.take(), ['@label=m1 PRIVMSG #tea :later']);
});

test('signing out deletes everything here and revokes the token', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  await script.client.saved();
  const leaving = script.client.signOut();
  assert.match(script.socket.take().join(), /^@label=a1 TOKEN REMOVE 7$/);
  script.socket.says('@label=a1 :s TOKEN REMOVE 7');
  await leaving;
  assert.equal(script.socket.closed, true);
  assert.deepEqual([script.status(), script.kept.items.size, await script.cache.load('bob')], ['offline', 0, []]);
  assert.deepEqual(script.client.state.buffers, []);
});

test('the page forgets when nothing more can be saved, and before anybody hears of it', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  const happened = [];
  script.client.subscribe(() => happened.push(`heard: ${script.status()}`));
  const leaving = script.client.signOut(() => happened.push(`forgets: ${script.client.signedIn}`));
  assert.deepEqual(happened, []); // the server is asked first
  script.socket.take();
  script.socket.says('@label=a1 :s TOKEN REMOVE 7');
  await leaving;
  script.browser.pass(1000);
  assert.deepEqual(happened, ['forgets: false', 'heard: offline']);
});

test('signing out without a connection deletes everything here too', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.breaks();
  await script.client.signOut();
  assert.deepEqual([script.status(), script.kept.items.size], ['offline', 0]);
});

test('changes within a moment are reported together', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1');
  script.browser.pass(1000);
  let told = 0;
  const heard = [];
  script.client.subscribe(() => { told += 1; });
  script.client.onMessage(({ target, entry }) => heard.push([target, entry.text]));
  for (const number of [1, 2, 3]) script.socket.says(`@msgid=1-${number} :alice!u@h PRIVMSG #tea :${number}`);
  script.socket.says('@msgid=1-4 :bob!u@h PRIVMSG #tea :own');
  assert.equal(told, 0);
  script.browser.pass(20);
  assert.equal(told, 1);
  assert.deepEqual(heard, [['#tea', '1'], ['#tea', '2'], ['#tea', '3']]);
});

test('a buffer and its entries are the same objects until something changes', async () => {
  const script = new Script();
  await script.signedIn('#tea', '#milk');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1', ':s BATCH +2 chathistory #milk', ':s BATCH -2');
  script.socket.says('@msgid=1-1 :alice!u@h PRIVMSG #tea :one');
  const [milk, tea] = script.client.state.buffers;
  assert.deepEqual([script.client.state.buffers[0] === milk, script.client.state.buffers[1] === tea], [true, true]);
  script.socket.says('@msgid=1-2 :alice!u@h PRIVMSG #tea :two');
  const [milkAgain, teaAgain] = script.client.state.buffers;
  assert.deepEqual([milkAgain === milk, teaAgain === tea, teaAgain.entries[0] === tea.entries[0]], [true, false, true]);
});

test('typing notices are not sent too often, and expire', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1');
  script.socket.take();
  for (let number = 0; number < 5; number += 1) {
    script.client.typing('#tea', 'active');
    script.browser.pass(1000);
  }
  const told = script.socket.take().filter((line) => line.includes('TAGMSG'));
  assert.deepEqual(told, ['@+typing=active TAGMSG #tea', '@+typing=active TAGMSG #tea']);
  script.socket.says('@+typing=active :alice!u@h TAGMSG #tea');
  assert.deepEqual(script.client.state.buffers[0].typing, ['alice']);
  script.browser.pass(7000);
  assert.deepEqual(script.client.state.buffers[0].typing, []);
});

test('messages wait while the connection may be dead', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.says(':s BATCH +1 chathistory #tea', ':s BATCH -1');
  script.socket.take();
  script.browser.sleep(3_600_000);
  script.browser.wake();
  script.client.say('#tea', 'after lunch');
  assert.deepEqual(script.socket.take().filter((line) => !line.startsWith('PING')), []);
  assert.equal(script.client.state.buffers[0].entries[0].pending, true);
  script.socket.says(':s PONG s :alive');
  assert.match(script.socket.take().join(), /PRIVMSG #tea :after lunch/);
});

test('requests are rejected without a connection, and when it breaks', async () => {
  const script = new Script();
  await assert.rejects(script.client.rooms(), { code: 'OFFLINE' });
  await script.signedIn('#tea');
  const asked = [script.client.rooms(), script.client.older('#tea'), script.client.whois('alice')];
  script.socket.breaks();
  await assert.rejects(asked[0], { code: 'LOST' });
  await asked[1].catch(({ code }) => assert.equal(code, 'LOST'));
  await assert.rejects(asked[2], { code: 'LOST' });
});

test('a browser that blocks storage can sign in', async () => {
  const forbids = { get localStorage() { throw new DOMException('denied', 'SecurityError'); } };
  assert.deepEqual([storageOf(forbids), storageOf({}), storageOf({ localStorage: 1 })], [null, null, 1]);
  const script = new Script();
  script.kept = storageOf(forbids);
  script.client = script.page();
  assert.equal(script.client.resume(), false);
  await script.signedIn();
  assert.equal(script.status(), 'online');
});

test('an unknown name opens no buffer, and the error is one line', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  script.socket.take();
  const opening = script.client.startDirect('nobody');
  await settled();
  const asked = script.socket.take().filter((line) => line.includes('CHATHISTORY LATEST nobody'));
  assert.equal(asked.length, 1);
  const label = /label=([^ ;]+)/.exec(asked[0])?.[1];
  script.socket.says(`${label ? `@label=${label} ` : ''}:s FAIL CHATHISTORY INVALID_TARGET LATEST nobody :messages could not be retrieved`);
  await assert.rejects(opening, { message: 'No one here has the name nobody.' });
  assert.deepEqual(script.client.state.buffers.map((one) => one.name), ['#tea']);
  assert.deepEqual(script.socket.take().filter((line) => line.includes('PRIVMSG')), []);
});

test('the server tells who may create invitations', async () => {
  const script = new Script();
  await script.signedIn('#tea');
  const may = async (answer) => {
    script.socket.take();
    const asking = script.client.mayInvite();
    const line = script.socket.take().find((one) => one.endsWith('INVITATION ALLOWED'));
    script.socket.says(`${line.split(' ')[0]} :s ${answer}`);
    return asking;
  };
  assert.equal(await may('INVITATION ALLOWED'), true);
  assert.equal(await may('FAIL INVITATION ADMIN_REQUIRED :only administrators invite people to the server'), false);
  script.socket.breaks();
  assert.equal(await script.client.mayInvite(), false);
});
