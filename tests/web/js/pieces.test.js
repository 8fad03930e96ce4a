/** The small modules: names, splitting, members, typing, coverage, annotations. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Coverage } from '../../../chatstore/web/irc/coverage.js';
import { LineError } from '../../../chatstore/web/irc/line.js';
import { Annotations } from '../../../chatstore/web/irc/annotations.js';
import { Members } from '../../../chatstore/web/irc/members.js';
import { audienceOf, fold, mentionMatcher } from '../../../chatstore/web/irc/names.js';
import { bodyBytes, bytes, messages, multilineLimits, splitBody, wireLines } from '../../../chatstore/web/irc/splitting.js';
import { formatTime, parseTime } from '../../../chatstore/web/irc/times.js';
import { Typing, TypingSender } from '../../../chatstore/web/irc/typing.js';
import { random } from './random.js';

test('names are equal whatever their case and width', () => {
  for (const [one, other] of [['Bob', 'bob'], ['#TEA', '#tea'], ['Zoë', 'ZOË'], ['Zoe\u0308', 'zoë'], ['Ｂｏｂ', 'bob'], ['ПЁТР', 'пётр']]) {
    assert.equal(fold(one), fold(other));
  }
  assert.notEqual(fold('bob'), fold('#bob'));
  assert.equal(fold('a[b]'), 'a[b]');
});

test('messages to a part of a room', () => {
  assert.deepEqual(['@#tea', '+#tea', '#tea', 'bob', '@bob'].map(audienceOf), ['@', '+', '', '', '']);
});

test('a nick is found as a whole word', () => {
  const bob = mentionMatcher('bob');
  for (const text of ['bob', 'bob: hi', '@Bob!', 'hi, BOB', '(bob)', 'bob, alice']) assert.ok(bob(text), text);
  for (const text of ['bobby', 'kabob', 'bob-smith', 'x-bob', 'bob_', 'böb', 'bob1', '']) assert.ok(!bob(text), text);
  assert.ok(mentionMatcher('a.b|c[d]')('hi a.b|c[d]'));
  assert.ok(!mentionMatcher('a.b')('hi axb'));
  assert.ok(mentionMatcher('zoë')('ZOË?'));
  assert.ok(!mentionMatcher('zoe')('zoë'));
  assert.ok(!mentionMatcher('')('anything'));
});

test('times are parsed and formatted as the server does', () => {
  assert.equal(parseTime('2023-11-14T22:13:20.089Z'), 1_700_000_000_089);
  assert.equal(formatTime(1_700_000_000_089), '2023-11-14T22:13:20.089Z');
  for (const text of [undefined, '', '*', 'yesterday', '2023-99-14T22:13:20.089Z', '2023-11-14T22:13:20Z']) {
    assert.equal(parseTime(text, 7), 7);
  }
});

const LIMITS = { bytes: 4096, lines: 24 };

test('limits of multiline messages', () => {
  assert.deepEqual(multilineLimits('max-bytes=4096,max-lines=24'), LIMITS);
  assert.deepEqual(multilineLimits('max-bytes=4096'), { bytes: 4096, lines: 4096 });
  for (const value of ['', 'max-lines=3', 'max-bytes=x', 'max-bytes=100']) assert.equal(multilineLimits(value), null);
});

test('a text is split as little as possible', () => {
  assert.deepEqual(messages('hi', 400, LIMITS), ['hi']);
  assert.deepEqual(messages('one\n\ntwo', 400, LIMITS), ['one\n\ntwo']);
  assert.deepEqual(messages('one\r\ntwo\rthree', 400, LIMITS), ['one\ntwo\nthree']);
  assert.deepEqual(messages('one\n\n two', 400, null), ['one', ' two']);
  assert.deepEqual(messages('\n\n', 400, LIMITS), []);
  assert.deepEqual(messages('waves\nand goes', 400, LIMITS, { action: true }), ['\x01ACTION waves and goes\x01']);
  assert.throws(() => messages('a\0b', 400, LIMITS), LineError);
});

test('a body leaves room for the mask in its echo', () => {
  assert.equal(bodyBytes('', '#tea'), 400);
  assert.equal(bodyBytes('b!u@h', '#tea'), 400);
  assert.equal(bodyBytes(`b!u@${'h'.repeat(200)}`, '#tea'), 510 - bytes(`:b!u@${'h'.repeat(200)} PRIVMSG #tea :`));
  assert.equal(bodyBytes(`b!u@${'h'.repeat(600)}`, '#tea'), 64);
});

test('all parts fit, and joined they are the text again', () => {
  const { below, pick } = random(7);
  const alphabet = [...'abc  \n', 'ä', '漢', '👋', '👩‍👩‍👧'];
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: below(300) }, () => pick(alphabet)).join('');
    const limit = 4 + below(60);
    const line = text.replaceAll('\n', '');
    const parts = splitBody(line, limit);
    assert.equal(parts.join(''), line);
    for (const part of parts) assert.ok(bytes(part) <= limit && part.isWellFormed(), JSON.stringify(part));
    const bodies = messages(text, limit, { bytes: 400 + below(400), lines: 2 + below(10) });
    assert.equal(bodies.join('').replaceAll('\n', ''), line);
    for (const body of bodies) {
      const again = wireLines(body, limit).map(({ text: part, joined }, number) => (joined || number === 0 ? part : `\n${part}`));
      assert.equal(again.join(''), body);
    }
  }
});

test('members: names come in parts and apply when complete', () => {
  const members = new Members();
  members.add('old', { away: 'lunch' });
  members.list('@+alice!u@h bob!u@h');
  members.list('+old!u@h @');
  assert.deepEqual([...members.byNick.keys()], ['old']);
  members.endListing();
  const here = [...members.byNick.values()].map(({ nick, prefix, away }) => [nick, prefix, away]);
  assert.deepEqual(here, [['alice', '@+', ''], ['bob', '', ''], ['old', '+', 'lunch']]);
  members.endListing();
  assert.equal(members.size, 3);
});

test('members: prefixes follow modes, highest first', () => {
  const members = new Members();
  members.list('alice bob');
  members.endListing();
  members.setModes(['+vo', 'Alice', 'alice']);
  assert.equal(members.of('ALICE').prefix, '@+');
  members.setModes(['-o+b-k+lv', 'alice', '*!*@x', 'key', '5', 'bob']);
  assert.deepEqual([members.of('alice').prefix, members.of('bob').prefix], ['+', '+']);
  members.setModes(['+o', 'nobody']);
  members.setModes(['+o']);
  members.rename('alice', 'anna');
  assert.deepEqual([members.of('anna').prefix, members.of('alice')], ['+', undefined]);
});

test('typing ends by a notice, a message, or a timeout', () => {
  const typing = new Typing();
  assert.equal(typing.heard('alice', 'active', 0), true);
  assert.equal(typing.heard('Alice', 'active', 1000), false);
  assert.equal(typing.heard('bob', 'paused', 0), true);
  assert.deepEqual([typing.expire(6000), typing.nicks, typing.next], [false, ['Alice', 'bob'], 7000]);
  assert.deepEqual([typing.expire(7000), typing.nicks, typing.next], [true, ['bob'], 30_000]);
  assert.equal(typing.heard('bob', 'done', 7000), true);
  assert.equal(typing.next, Infinity);
  assert.equal(typing.heard('bob', 'no such word', 7000), false);
});

test('our typing notices: at the start, now and then, at the end', () => {
  const typingSender = new TypingSender();
  assert.deepEqual([typingSender.shouldSend('#tea', 'done', 0), typingSender.shouldSend('#tea', 'active', 0)], [false, true]);
  assert.deepEqual([typingSender.shouldSend('#TEA', 'active', 2999), typingSender.shouldSend('#tea', 'active', 3000)], [false, true]);
  assert.deepEqual([typingSender.shouldSend('#tea', 'paused', 3001), typingSender.shouldSend('#tea', 'done', 3002)], [true, true]);
  typingSender.shouldSend('#tea', 'active', 4000);
  typingSender.sent('#tea');
  assert.equal(typingSender.shouldSend('#tea', 'done', 4001), false);
});

const mark = (number) => ({ time: number, msgid: `1-${number}` });
const ranges = (coverage) => coverage.spans.map(({ from, to }) => [from.time, to.time]);

test('coverage: spans are merged where they touch', () => {
  const coverage = new Coverage();
  coverage.reached(mark(50));
  coverage.reached(mark(60));
  coverage.add(mark(10), mark(20));
  coverage.add(mark(30), mark(35));
  assert.deepEqual(ranges(coverage), [[10, 20], [30, 35], [50, 60]]);
  assert.deepEqual(coverage.gaps, [mark(30), mark(50)]);
  assert.deepEqual(coverage.gap('1-50'), { next: mark(50), before: mark(35) });
  assert.deepEqual([coverage.gap('1-10'), coverage.gap('nothing')], [null, null]);
  coverage.add(mark(15), mark(32));
  assert.deepEqual(ranges(coverage), [[10, 35], [50, 60]]);
  coverage.reached(mark(61));
  coverage.breakOff();
  coverage.reached(mark(90));
  assert.deepEqual(ranges(coverage), [[10, 35], [50, 61], [90, 90]]);
  assert.deepEqual(coverage.since(mark(55)).map(({ from, to }) => [from.time, to.time]), [[55, 61], [90, 90]]);
});

test('coverage: it contains what was added, in whatever order', () => {
  const { below } = random(3);
  for (let round = 0; round < 300; round += 1) {
    const coverage = new Coverage();
    const here = new Set();
    for (let number = 0; number < 8; number += 1) {
      const from = below(40);
      const to = from + below(8);
      coverage.add(mark(from), mark(to));
      for (let time = from; time <= to; time += 1) here.add(time);
      const covered = coverage.spans.flatMap(({ from: first, to: last }) => Array.from({ length: last.time - first.time + 1 }, (_, at) => first.time + at));
      assert.deepEqual(covered, [...here].sort((one, other) => one - other));
    }
  }
});

test('annotations: the newest reaction counts, whichever arrives first', () => {
  const isMe = (nick) => nick === 'bob';
  const message = { msgid: '1-1', text: 'hi', reactions: [], removed: '', reason: '', mention: true };
  const annotations = new Annotations();
  annotations.react('1-1', { emoji: '👍', nick: 'alice', time: 20, back: true });
  annotations.react('1-1', { emoji: '👍', nick: 'alice', time: 10, back: false });
  annotations.react('1-1', { emoji: '🎉', nick: 'bob', time: 30, back: false });
  annotations.react('1-1', { emoji: '🎉', nick: 'carol', time: 25, back: false });
  assert.deepEqual(annotations.annotate(message, isMe).reactions, [{ emoji: '🎉', nicks: ['carol', 'bob'], mine: true }]);
  const again = new Annotations();
  again.restore(JSON.parse(JSON.stringify(annotations.toRecord(new Set(['1-1'])))));
  assert.deepEqual(again.annotate(message, isMe), annotations.annotate(message, isMe));
  assert.deepEqual(again.toRecord(new Set()), { reactions: [] });
  annotations.redact('1-1', 'alice', 'typo');
  const gone = annotations.annotate(message, isMe);
  assert.deepEqual([gone.text, gone.removed, gone.reason, gone.reactions, gone.mention], ['', 'alice', 'typo', [], false]);
  assert.equal(annotations.annotate({ ...message, msgid: '' }, isMe).text, 'hi');
});
