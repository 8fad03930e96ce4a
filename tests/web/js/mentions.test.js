import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mentionMatcher } from '../../../chatstore/web/irc/names.js';
import { vectors } from './vectors.js';

for (const { name, text, mentioned } of vectors('mentions').cases) {
  test(`${name} in ${text}`, () => assert.equal(mentionMatcher(name)(text), mentioned));
}
