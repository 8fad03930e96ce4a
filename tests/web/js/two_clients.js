/**
 * Two people and three devices at a real server, which is stopped and started while they talk: run by
 * test_two_clients.py, with the server's address. It asks for what it can't do itself by a line on stdout, and reads a
 * line when that is done.
 */

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';

import { Client } from '../../../chatstore/web/irc/client.js';
import { fold } from '../../../chatstore/web/irc/names.js';
import { MemoryCache, storage } from './memory.js';

const url = process.argv[2];
const PASSWORD = 'correct-horse';
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(what) {
  console.log(what);
  assert.equal((await answers.next()).value, 'done');
}

/** When something is so; the test's own deadline ends what never is. */
function until(client, test) {
  return new Promise((resolve) => {
    const look = () => {
      const found = test(client.state);
      if (!found) return;
      end();
      resolve(found);
    };
    const end = client.subscribe(look);
    look();
  });
}

const of = (state, name) => state.buffers.find(({ key }) => key === fold(name));
const said = (state, name) => of(state, name)?.entries.filter(({ kind }) => kind === 'message') ?? [];
const texts = (state, name) => said(state, name).map(({ text }) => text);
const stored = (client, name, text) =>
  until(client, (state) => said(state, name).find((one) => one.text === text && !one.pending && !one.failed));
const online = (client) => until(client, ({ connection }) => connection.status === 'online');

const kept = { alice: storage(), phone: storage() };
const cache = new MemoryCache();
const alice = new Client({ url, storage: kept.alice, cache, device: 'desk' });
const phone = new Client({ url, storage: kept.phone, device: 'phone' });
const bob = new Client({ url, storage: storage() });

// Coming in: an account is made, the same one signs in on another device; a wrong password is told.
await assert.rejects(alice.signIn({ account: 'alice', password: PASSWORD }), { code: '904' });
await alice.register({ account: 'alice', password: PASSWORD });
await assert.rejects(bob.register({ account: 'alice', password: PASSWORD }), { code: 'ACCOUNT_EXISTS' });
await bob.register({ account: 'bob', password: PASSWORD });
await phone.signIn({ account: 'Alice', password: PASSWORD });
assert.equal(await alice.registration(), 'open');
assert.equal(await alice.join('#Tea'), '#Tea');
await bob.join('#tea');
await until(phone, (state) => of(state, '#tea')?.joined);
await until(alice, (state) => of(state, '#tea').members.has('bob'));
await assert.rejects(bob.setTopic('#tea', 'mine'), { code: '482' });

// Talk: of several lines, an answer, reactions, typing; who is where.
alice.say('#tea', 'hello bob, this is for you');
const hello = await stored(bob, '#tea', 'hello bob, this is for you');
assert.equal(hello.mention, true);
bob.typing('#tea', 'active');
await until(alice, (state) => of(state, '#tea').typing.includes('bob'));
bob.say('#tea', 'one\ntwo\n\nthree', { replyTo: hello.msgid });
const reply = await stored(alice, '#tea', 'one\ntwo\n\nthree');
assert.equal(reply.replyTo, hello.msgid);
await until(alice, (state) => of(state, '#tea').typing.length === 0);
bob.react('#tea', hello.msgid, '👍');
alice.react('#tea', hello.msgid, '👍');
const thumbs = await until(alice, (state) => {
  const { reactions } = said(state, '#tea')[0];
  return reactions[0]?.nicks.length === 2 && reactions;
});
assert.deepEqual(thumbs, [{ emoji: '👍', nicks: ['bob', 'alice'], mine: true }]);
alice.unreact('#tea', hello.msgid, '👍');
await until(bob, (state) => said(state, '#tea')[0].reactions[0]?.nicks.join() === 'bob');

// Read markers go to the other device, and are never more than what is there.
const unread = await until(phone, (state) => of(state, '#tea').unread === 1 && of(state, '#tea'));
assert.equal(unread.firstUnread, reply.msgid);
alice.markRead('#tea');
await until(phone, (state) => of(state, '#tea').unread === 0);
bob.say('alice', 'psst');
await until(phone, (state) => of(state, 'bob')?.mentions === 1);
alice.markRead('bob');
await until(phone, (state) => of(state, 'bob').mentions === 0);
await until(alice, (state) => of(state, 'bob').presence === 'online');

// Taking back, finding, and what may not be done.
bob.say('#tea', 'a slip of the tongue');
const slip = await stored(alice, '#tea', 'a slip of the tongue');
await assert.rejects(phone.redact('#nowhere', slip.msgid), { code: 'INVALID_TARGET' });
await bob.redact('#tea', slip.msgid, 'wrong room');
const gone = await until(phone, (state) => said(state, '#tea').find((one) => one.msgid === slip.msgid && one.removed));
assert.deepEqual([gone.text, gone.removed, gone.reason], ['', 'bob', 'wrong room']);
const found = await bob.search({ text: 'for you', target: '#tea' });
assert.deepEqual(found.map((one) => [one.target, one.msgid, one.text]), [['#Tea', hello.msgid, hello.text]]);

// The server goes and comes back while people talk: nothing is lost, nothing is there twice.
for (let number = 0; number < 40; number += 1) (number % 2 ? alice : bob).say('#tea', `before ${number}`);
await stored(alice, '#tea', 'before 38');
await stored(bob, '#tea', 'before 39');
await ask('stop');
for (const client of [alice, bob, phone]) await until(client, ({ connection }) => connection.status === 'retrying');
bob.say('#tea', 'said while nobody hears');
assert.equal(said(bob.state, '#tea').at(-1).pending, true);
await ask('start');
for (const client of [alice, bob, phone]) client.retryNow();
await stored(alice, '#tea', 'said while nobody hears');
for (const client of [alice, bob, phone]) await online(client);
await stored(phone, '#tea', 'said while nobody hears');
await until(bob, (state) => said(state, '#tea').every((one) => !one.pending));
const whole = texts(alice.state, '#tea');
assert.equal(new Set(whole).size, whole.length);
const sorted = (texts) => texts.filter((text) => text.startsWith('before')).sort();
const all = sorted(Array.from({ length: 40 }, (_, number) => `before ${number}`));
for (const client of [alice, bob, phone]) assert.deepEqual(sorted(texts(client.state, '#tea')), all);

// A page that is loaded again: what was kept is shown at once, without a server, and then what was missed.
await alice.saved();
await ask('stop');
const again = new Client({ url, storage: kept.alice, cache });
assert.equal(again.resume(), true);
await until(again, (state) => texts(state, '#tea').includes('said while nobody hears'));
await until(again, ({ connection }) => connection.status === 'retrying');
await ask('start');
for (const client of [again, bob, phone]) client.retryNow();
await online(bob);
bob.say('#tea', 'good morning');
await stored(again, '#tea', 'good morning');
assert.deepEqual(texts(again.state, '#tea'), [...whole, 'good morning']);
assert.equal(new Set(of(again.state, '#tea').entries.map(({ key }) => key)).size, of(again.state, '#tea').entries.length);

// Devices: they are listed, and signed out; who is signed out is told, and nothing of theirs is left.
await online(phone);
const devices = await again.tokens();
assert.deepEqual(devices.map(({ label, own }) => [label, own]), [['desk', true], ['phone', false]]);
await again.removeToken(devices[1].id);
await until(phone, ({ connection }) => connection.status === 'refused' || connection.status === 'retrying');
phone.retryNow(); // the server has closed the connection that came by the token
await until(phone, ({ connection }) => connection.status === 'refused');
assert.equal(phone.signedIn, false);
assert.equal(phone.resume(), false);

// A new password leaves this device signed in.
await again.setPassword(PASSWORD, 'battery staple ü');
await assert.rejects(phone.signIn({ account: 'alice', password: PASSWORD }), { code: '904' });
assert.equal(again.resume(), true); // by the token that took the place of the old one
await online(again);
const lines = (await (await again.exportData()).text()).trim().split('\n').map((line) => JSON.parse(line));
assert.equal(lines.filter((line) => line.body === 'said while nobody hears').length, 1);
assert.deepEqual([lines[0].type, lines[0].of, lines.at(-1).type], ['export', 'an account', 'end']);
assert.ok(lines.some(({ type, label }) => type === 'device' && label === 'desk'));
assert.ok(!JSON.stringify(lines).includes('cst_'));
await again.signOut();
assert.equal(again.resume(), false);
assert.deepEqual(await cache.load('alice'), []);
await bob.signOut();
await alice.signOut();
console.log('all is well');
process.exit(0);
