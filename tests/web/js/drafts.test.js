import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Drafts, LONGEST, MOST } from '../../../chatstore/web/ui/drafts.js';

/** localStorage, whose keys are its own properties. */
class Memory {
  getItem(key) { return this[key] ?? null; }
  setItem(key, text) { this[key] = String(text); }
  removeItem(key) { delete this[key]; }
}

let drafts;
beforeEach(() => {
  globalThis.localStorage = new Memory();
  drafts = new Drafts();
});

test('a draft is kept until it is empty, however the name is written', () => {
  assert.equal(drafts.set('#Tea', 'half a thou'), true);
  assert.equal(drafts.set('#tea', 'half a thought'), false);
  assert.equal(new Drafts().get('#TEA'), 'half a thought');
  assert.deepEqual([...drafts.names()], ['#tea']);
  assert.equal(drafts.set('#tea', ' \n'), true);
  assert.deepEqual([drafts.get('#tea'), drafts.names().size, Object.keys(localStorage)], ['', 0, []]);
});

test('their number and their length have an end', () => {
  for (let number = 0; number < MOST + 3; number += 1) drafts.set(`#${number}`, 'x'.repeat(LONGEST + 5));
  assert.equal(drafts.names().size, MOST);
  assert.deepEqual([drafts.get('#2'), drafts.get('#3').length], ['', LONGEST]);
  assert.equal(Object.keys(localStorage).length, MOST + 1);
});

test('another account does not get them', () => {
  drafts.belongTo('alice');
  drafts.set('#tea', 'secret');
  drafts.belongTo('Alice');
  assert.equal(drafts.get('#tea'), 'secret');
  drafts.belongTo('bob');
  assert.deepEqual([drafts.get('#tea'), drafts.names().size], ['', 0]);
});
