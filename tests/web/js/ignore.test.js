import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Buffer } from '../../../chatstore/web/irc/buffer.js';
import { Ignore } from '../../../chatstore/web/irc/ignore.js';
import { parse } from '../../../chatstore/web/irc/line.js';

const heard = (ignore, ...lines) => lines.forEach((line) => ignore.heard(parse(`:server IGNORE ${line}`)));

test('the list, and changes of other devices', () => {
  const ignore = new Ignore();
  heard(ignore, 'LIST * direct=known', 'LIST Bob account=robert;since=2026-11-30T06:00:00.000Z', 'LIST *');
  assert.deepEqual([ignore.direct, ignore.people], ['known', [{ nick: 'Bob', account: 'robert' }]]);
  assert.ok(ignore.has({ nick: 'bob' }));
  assert.ok(ignore.has({ nick: 'bobby', account: 'Robert' }));
  assert.ok(!ignore.has({ nick: 'eve', account: '' }));
  assert.ok(!ignore.has({ nick: 'bob', own: true }));
  heard(ignore, 'ADD eve', 'REMOVE bob', 'DIRECT nobody');
  assert.deepEqual([ignore.direct, ignore.people.map(({ nick }) => nick)], ['nobody', ['eve']]);
  heard(ignore, 'LIST * direct=everyone', 'LIST *');
  assert.deepEqual([ignore.direct, ignore.people], ['everyone', []]);
});

test('messages of ignored people are not counted', () => {
  const ignore = new Ignore();
  const buffer = new Buffer('#tea');
  buffer.isIgnored = (said) => ignore.has(said);
  buffer.read(1);
  const about = { now: 10, isMe: () => false, mentions: () => true };
  for (const nick of ['bob', 'eve']) {
    buffer.take(`k-${nick}`, parse(`@time=2026-11-30T06:00:00.000Z :${nick}!u@h PRIVMSG #tea :hi`), about);
  }
  assert.deepEqual([buffer.unread, buffer.named, buffer.firstUnread], [2, 2, 'k-bob']);
  heard(ignore, 'ADD bob');
  buffer.recount();
  assert.deepEqual([buffer.unread, buffer.named, buffer.firstUnread], [1, 1, 'k-eve']);
});
