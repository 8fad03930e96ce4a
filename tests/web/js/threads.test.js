/** Threads: replies by their parents, in whatever order they come, and what is unread of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Buffer } from '../../../chatstore/web/irc/buffer.js';
import { entry } from '../../../chatstore/web/irc/entries.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { Threads, readUntil, readingIn, unreadIn } from '../../../chatstore/web/irc/threads.js';
import { random } from './random.js';
import { vectors } from './vectors.js';

const ABOUT = { now: 0, isMe: (nick) => nick === 'me', mentions: () => false };
const iso = (time) => new Date(time * 1000).toISOString();

function said(msgid, { to = '', by = 'bob', time = Number(msgid.slice(1)), ...more } = {}) {
  return entry({ key: msgid, msgid, nick: by, own: by === 'me', replyTo: to, time, text: msgid, ...more });
}

const ids = (entries) => entries.map(({ msgid }) => msgid);
const shape = ({ byRoot }) => [...byRoot].map(([root, { replies }]) => [root, ids(replies)]).sort();

for (const { name, entries, threads, counts = {}, last = {}, reading = { since: 0, times: {} }, unread = {}, ignored = [] } of vectors('threads').cases) {
  test(`in both clients: ${name}`, () => {
    const found = new Threads(entries.map(([msgid, to, by, time, state]) => entry({
      key: msgid || `~${time}`, msgid, nick: by, own: by === 'me', replyTo: to, time,
      removed: state === 'removed' ? 'op' : '', pending: state === 'pending',
    })), ({ nick }) => ignored.includes(nick));
    assert.deepEqual(Object.fromEntries([...found.byRoot].map(([root, { replies }]) => [root, ids(replies)])), threads);
    for (const [root, count] of Object.entries(counts)) assert.equal(found.of(root).count, count);
    for (const [root, time] of Object.entries(last)) assert.equal(found.of(root).last, time);
    for (const [root, count] of Object.entries(unread)) assert.equal(unreadIn(found.of(root), reading), count);
  });
}

test('replies to replies belong to the root, and others to none', () => {
  const threads = new Threads([said('m1'), said('m2'), said('m3', { to: 'm1' }), said('m4', { to: 'm3' }), said('m5', { to: 'm2' })]);
  assert.deepEqual(shape(threads), [['m1', ['m3', 'm4']], ['m2', ['m5']]]);
  assert.equal(threads.rootOf('m4'), 'm1');
  assert.deepEqual([threads.of('m4').count, threads.of('m4').last, threads.of('m4').whole], [2, 4, true]);
  assert.equal(new Threads([said('m1')]).of('m1').first.msgid, 'm1');
});

test('without its root a thread hangs on the first msgid that is not loaded', () => {
  const later = [said('m3', { to: 'm2' }), said('m4', { to: 'm2' })];
  const thread = new Threads(later).of('m4');
  assert.deepEqual([thread.root, thread.first, thread.whole], ['m2', null, false]);
  const more = new Threads([said('m2', { to: 'm1' }), ...later]).of('m4');
  assert.deepEqual([more.root, ids(more.replies)], ['m1', ['m2', 'm3', 'm4']]);
});

test('a circle of replies has its oldest message as the root, and ends', () => {
  const circle = [said('m1', { to: 'm3' }), said('m2', { to: 'm1' }), said('m3', { to: 'm2' }), said('m4', { to: 'm3' })];
  for (const msgid of ['m1', 'm2', 'm3', 'm4']) assert.equal(new Threads(circle).rootOf(msgid), 'm1');
  assert.deepEqual(shape(new Threads(circle)), [['m1', ['m2', 'm3', 'm4']]]);
  const alone = new Threads([said('m1', { to: 'm1' })]);
  assert.deepEqual([alone.rootOf('m1'), alone.of('m1').count], ['m1', 0]);
});

test('a long chain is followed without recursion', () => {
  const chain = Array.from({ length: 20_000 }, (_, place) => said(`m${place + 1}`, { to: place ? `m${place}` : '' }));
  assert.equal(new Threads(chain).of('m20000').replies.length, 19_999);
  assert.equal(new Threads(chain.reverse()).of('m20000').root, 'm1');
});

test('removed replies are in the thread and are not counted; pending ones are at its end', () => {
  const pending = entry({ key: '~1', own: true, pending: true, replyTo: 'm1', time: 9 });
  const thread = new Threads([said('m1', { removed: 'op' }), said('m2', { to: 'm1', removed: 'bob' }), said('m3', { to: 'm2' }), pending]).of('m3');
  assert.deepEqual([thread.root, thread.count, thread.replies.length, thread.replies.at(-1).key], ['m1', 2, 3, '~1']);
});

test('a gap after the root may hide replies', () => {
  const gap = entry({ key: 'gap-m3', kind: 'gap', time: 3, msgid: 'm3' });
  assert.equal(new Threads([said('m1'), gap, said('m3', { to: 'm1' })]).of('m1').whole, false);
  assert.equal(new Threads([gap, said('m4'), said('m5', { to: 'm4' })]).of('m4').whole, true);
});

test('the order in which messages, edits and redactions arrive does not matter', () => {
  const line = (number, to, by) => parse(`@msgid=m${number};time=${iso(number)}${to ? `;+draft/reply=m${to}` : ''} :${by}!u@h PRIVMSG #a :text ${number}`);
  for (let seed = 1; seed <= Number(process.env.SEEDS ?? 200); seed += 1) {
    const { below, pick } = random(seed);
    const lines = Array.from({ length: 12 }, (_, place) => line(place + 1, place && below(3) ? 1 + below(place) : 0, pick(['me', 'bob', 'eve'])));
    const marks = [
      parse(`@msgid=e1;time=${iso(50)};draft/target-msgid=m${1 + below(12)};draft/edit-text=new :bob!u@h EDIT #a`),
      parse(`@time=${iso(51)} :op!u@h REDACT #a m${1 + below(12)}`),
    ];
    const inOrder = filled(lines, marks, (list) => list);
    const mixed = filled(lines, marks, (list) => {
      const rest = [...list];
      return list.map(() => rest.splice(below(rest.length), 1)[0]);
    });
    assert.deepEqual(mixed, inOrder, `seed ${seed}`);
  }
});

/** What the threads are after these lines, each of which comes as a page of history. */
function filled(lines, marks, order) {
  const buffer = new Buffer('#a');
  for (const one of order([...lines, ...marks])) {
    if (!buffer.mark(one, ABOUT)) buffer.insert([one], [one.tags.msgid], ABOUT);
  }
  const threads = new Threads(buffer.entries);
  return [...threads.byRoot].map(([root, { replies, count, last, mine }]) => [
    root, replies.map(({ msgid, text, removed }) => [msgid, text, removed]), count, last, mine]).sort();
}

test('only threads in which we wrote have unread replies, and our own reply reads what was before it', () => {
  const reading = { since: 0, times: {} };
  const unread = (...entries) => unreadIn(new Threads(entries).of('m1'), reading);
  assert.equal(unread(said('m1'), said('m2', { to: 'm1' })), 0);
  assert.equal(unread(said('m1', { by: 'me' }), said('m2', { to: 'm1' }), said('m3', { to: 'm1', removed: 'bob' })), 1);
  assert.equal(unread(said('m1'), said('m2', { to: 'm1' }), said('m3', { to: 'm1', by: 'me' }), said('m4', { to: 'm3' })), 1);
});

test('what is read stays read when the root turns out to be an older message', () => {
  const later = [said('m2', { to: 'm1', by: 'me' }), said('m3', { to: 'm2' })];
  const reading = readUntil({ since: 0, times: {} }, new Threads([said('m3', { to: 'm2' })]).of('m3'));
  assert.deepEqual(reading.times, { m2: 3 });
  assert.equal(unreadIn(new Threads([said('m1'), ...later]).of('m3'), reading), 0);
  assert.equal(unreadIn(new Threads([said('m1'), ...later, said('m4', { to: 'm3' })]).of('m3'), reading), 1);
  assert.equal(readUntil(reading, { root: 'm2', last: 2 }), reading);
});

test('what is kept is bounded, and what is not ours is not taken', () => {
  let reading = readingIn('', 7);
  assert.deepEqual(reading, { since: 7, times: {} });
  for (let number = 1; number <= 600; number += 1) reading = readUntil(reading, { root: `m${number}`, last: number });
  assert.equal(Object.keys(reading.times).length, 500);
  assert.ok(!('m100' in reading.times) && 'm101' in reading.times);
  assert.deepEqual(readingIn(JSON.stringify(reading), 9), reading);
  for (const text of ['null', '[]', '{"since":1,"times":null}', '{"since":"1","times":{}}', '{']) assert.equal(readingIn(text, 9).since, 9, text);
  assert.deepEqual(readingIn('{"since":1,"times":{"a":"x","b":2}}', 9).times, { b: 2 });
});
