import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blocks } from '../../../chatstore/web/ui/markdown.js';
import { linkPlaces } from '../../../chatstore/web/ui/message-text.js';
import { vectors } from './vectors.js';

const joined = (found) => found.flatMap(({ runs }) => runs.map(([text]) => text)).join('');

for (const { text, blocks: expected } of vectors('markdown').cases) {
  test(JSON.stringify(text), () => {
    assert.deepEqual(blocks(text, linkPlaces).map(({ kind, runs }) => [kind, runs]), expected);
  });
}

test('whatever is written, nothing of it is lost', () => {
  const pieces = ['*', '**', '***', '_', '~~', '`', '``', '```', '\n', '> ', '- ', '1. ', ' ', 'a', 'é', '👍', '\\', '(', 'https://a.b/c_d', '@x'];
  let seed = 7;
  const next = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed; };
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: next() % 24 }, () => pieces[next() % pieces.length]).join('');
    assert.equal(joined(blocks(text, linkPlaces)), text);
  }
});

test('the time grows with the length, whatever is written', () => {
  const started = performance.now();
  for (const piece of ['*a ', '*a **b ', 'a* ', '`', '`` ` ', '```', '``` ', '_a', '***a* ', '> ', '- a\n', '~~x ', '\\*', '*x* ', ' *']) {
    const text = piece.repeat(60_000 / piece.length);
    assert.equal(joined(blocks(text, () => [])), text);
  }
  assert.ok(performance.now() - started < 3000);
});
