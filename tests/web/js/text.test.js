/** Texts of messages: mentions, invisible characters, cutting. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Listeners } from '../../../chatstore/web/irc/listeners.js';
import { mentionPattern } from '../../../chatstore/web/irc/names.js';
import { MessageText, displayText, isBlank, stripFormatting, truncate } from '../../../chatstore/web/ui/message-text.js';

const NOTHING = {
  'hangul filler': '\u3164', 'zero width space': '\u200b', 'colours alone': '\x0304,12\x03', 'bold alone': '\x02\x02', spaces: ' \t\u00a0\u3000',
  'word joiner': '\u2060', 'soft hyphen': '\u00ad', 'byte order mark': '\ufeff', 'braille blank': '\u2800', 'marks of direction': '\u200e\u200f\u061c',
  'variation selector': '\ufe0f', joiners: '\u200c\u200d', overrides: '\u202e\u202c', 'halfwidth filler': '\uffa0', tags: '\u{e0067}\u{e007f}',
};

test('a blank message is shown as empty', () => {
  for (const [what, text] of Object.entries(NOTHING)) {
    assert.ok(isBlank(text), what);
    assert.equal(displayText(text), '(empty)', what);
    assert.equal(MessageText({ text }).props.children, '(empty)', what);
  }
  for (const text of ['a', '.', '\u0301a', '👍', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '\u200bx', '漢', '\x0304red\x03']) assert.ok(!isBlank(text), text);
});

test('direction marks and emoji joiners stay, direction overrides do not', () => {
  for (const text of ['\u200fשלום\u200e!', 'می\u200cخواهم', '👩\u200d👩\u200d👧', '🇫🇷', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '\ufeffhi', '❤\ufe0f']) assert.equal(stripFormatting(text), text);
  assert.equal(stripFormatting('a\u202eb\u2066c\x00\x034red'), 'abcred');
});

test('a text is cut between graphemes', () => {
  assert.equal(truncate('short', 5), 'short');
  assert.equal(truncate('👩\u200d👩\u200d👧'.repeat(4), 3), `${'👩\u200d👩\u200d👧'.repeat(2)}…`);
  assert.equal(truncate('🇫🇷🇩🇪', 3), '🇫🇷🇩🇪');
  assert.ok(truncate('😀'.repeat(500), 200).isWellFormed());
});

test('every mention is found with the text before it', () => {
  const found = (text) => [...text.matchAll(mentionPattern('bob'))].map(({ index, 1: before, 2: name }) => [index + before.length, name]);
  assert.deepEqual(found('bob bob, @Bob (bob)--bob'), [[0, 'bob'], [4, 'bob'], [9, '@Bob'], [15, 'bob'], [21, 'bob']]);
  assert.deepEqual(found('kabob x-bob bobby bob-s'), []);
  assert.deepEqual(found('-bob'), [[1, 'bob']]);
});

test('an error in one listener does not stop the others', (context) => {
  const logged = context.mock.method(console, 'error', () => {});
  const listeners = new Listeners();
  const heard = [];
  listeners.add(() => {
    throw new TypeError('Illegal constructor');
  });
  const end = listeners.add((...told) => heard.push(told));
  listeners.tell(1, 2);
  end();
  listeners.tell(3);
  assert.deepEqual(heard, [[1, 2]]);
  assert.equal(logged.mock.callCount(), 2);
});
