import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Buffer } from '../../../chatstore/web/irc/buffer.js';
import { Ignore } from '../../../chatstore/web/irc/ignore.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { threadsOf, unreadIn } from '../../../chatstore/web/irc/threads.js';

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

test('reactions and replies of ignored people are not shown and not counted', () => {
  const ignore = new Ignore();
  const buffer = new Buffer('#tea');
  buffer.isIgnored = (said) => ignore.has(said);
  const isMe = (nick) => nick === 'me';
  const about = { now: 10, isMe, mentions: () => false };
  const take = (key, nick, tags, rest) => buffer.take(key, parse(`@msgid=${key};time=2026-11-30T06:00:0${key.slice(1)}.000Z${tags} :${nick}!u@h ${rest}`), about);
  take('m1', 'me', '', 'PRIVMSG #tea :hi');
  for (const [key, nick] of [['m2', 'bob'], ['m3', 'eve']]) {
    take(key, nick, ';+draft/reply=m1', 'PRIVMSG #tea :well');
    buffer.mark(parse(`@account=${nick};+draft/reply=m1;+draft/react=x :${nick}2!u@h TAGMSG #tea`), about);
  }
  const counted = () => {
    const thread = threadsOf({ entries: [...buffer.entries], isIgnored: buffer.isIgnored }).of('m1');
    return [buffer.entries[0].reactions.flatMap(({ nicks }) => nicks), thread.count, unreadIn(thread, { since: 0, times: {} })];
  };
  assert.deepEqual(counted(), [['bob2', 'eve2'], 2, 2]);
  heard(ignore, 'LIST * direct=everyone', 'LIST bob account=bob', 'LIST *');
  buffer.ignoreChanged(isMe);
  assert.deepEqual(counted(), [['eve2'], 1, 1]);
  buffer.mark(parse('@account=bob;+draft/reply=m1;+draft/react=y :bob!u@h TAGMSG #tea'), about);
  assert.deepEqual(counted()[0], ['eve2']);
  heard(ignore, 'REMOVE bob');
  buffer.ignoreChanged(isMe);
  assert.deepEqual(counted(), [['bob2', 'eve2', 'bob'], 2, 2]);
});
