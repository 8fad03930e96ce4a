import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LineError, escape, format, parse, unescape } from '../../../chatstore/web/irc/line.js';
import { vectors } from './vectors.js';

const { cases, bad, format: formats, bad_format: badFormats } = vectors('line');

for (const { line, ...expected } of cases) {
  test(`a line is read: ${line}`, () => {
    const { tags, ...rest } = parse(line);
    assert.deepEqual({ ...rest, tags: Object.entries(tags) }, { ...expected, tags: Object.entries(expected.tags) });
  });
}

for (const line of bad) {
  test(`what is no line is refused: ${JSON.stringify(line)}`, () => assert.throws(() => parse(line), LineError));
}

for (const { command, params, line, ...more } of formats) {
  test(`a line is written: ${line}`, () => assert.equal(format(command, params, more), line));
}

for (const { command, params } of badFormats) {
  test(`what no line can carry is not written: ${JSON.stringify(params)}`, () => {
    assert.throws(() => format(command, params), LineError);
  });
}

test('escaping is reversible', () => {
  for (const value of ['', ';', ' ', '\\', '\\s', 'a;b c\\d\r\n', '\\\\:', '👋\\']) {
    assert.equal(unescape(escape(value)), value);
  }
});

test('a tag may be named like a property of Object', () => {
  const { tags } = parse('@__proto__=x;toString :a!u@h PRIVMSG #tea :hi');
  assert.deepEqual(Object.entries(tags), [['__proto__', 'x'], ['toString', '']]);
  assert.equal(parse('@a :s X').tags.constructor, undefined);
  assert.equal(parse(':s X').tags.constructor, undefined);
});
