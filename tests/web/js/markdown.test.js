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

/** The processor's time for texts, if it is less than before: a machine that has other work makes some measurements long, and none short. */
function shortest(texts, before) {
  const started = process.cpuUsage();
  for (const text of texts) blocks(text, () => []);
  const { user, system } = process.cpuUsage(started);
  return Math.min(before, user + system);
}

for (const piece of ['*a ', '*a **b ', 'a* ', '`', '`` ` ', '```', '``` ', '_a', '***a* ', '> ', '- a\n', '~~x ', '\\*', '*x* ', ' *']) {
  test(`the time grows with the length, and not with its square: ${JSON.stringify(piece)}`, () => {
    const [short, long] = [4000, 64_000].map((length) => piece.repeat(length / piece.length));
    assert.equal(joined(blocks(long, () => [])), long);
    let [many, one] = [Infinity, Infinity];
    for (let tries = 0; tries < 10 && one >= 5 * many; tries += 1) {
      many = shortest(Array(16).fill(short), many);
      one = shortest([long], one);
    }
    assert.ok(one < 5 * many, `${many} µs for 16 texts, ${one} µs for one that is as long as they are together`);
  });
}
