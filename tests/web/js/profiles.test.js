import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handleLine } from '../../../chatstore/web/irc/handlers.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { NOBODY, Profiles, valueIn } from '../../../chatstore/web/irc/profiles.js';
import { ChatState } from '../../../chatstore/web/irc/state.js';

const lines = (...texts) => texts.map((text) => parse(text));

test('values of each form of line', () => {
  const [change, answer, unset, taken, other] = lines(
    ':bob!u@h METADATA bob avatar * :https://h/x', ':s 761 me bob display-name * :Bob B.',
    ':s 766 me bob avatar :key not set', ':bob!u@h METADATA bob avatar *', ':s 770 me avatar',
  ).map(valueIn);
  assert.deepEqual(change, { nick: 'bob', key: 'avatar', value: 'https://h/x' });
  assert.deepEqual(answer, { nick: 'bob', key: 'display-name', value: 'Bob B.' });
  assert.deepEqual(unset, { nick: 'bob', key: 'avatar', value: '' });
  assert.deepEqual(taken, { nick: 'bob', key: 'avatar', value: '' });
  assert.equal(other, null);
});

test('a profile is the same object until it changes', () => {
  const profiles = new Profiles();
  assert.equal(profiles.of('bob'), NOBODY);
  profiles.set('Bob', 'display-name', 'Bob B.');
  const before = profiles.of('bob');
  assert.deepEqual(before, { name: 'Bob B.', avatar: '' });
  profiles.set('bob', 'display-name', 'Bob B.');
  profiles.set('bob', 'constructor', 'x');
  assert.equal(profiles.of('BOB'), before);
  profiles.set('bob', 'display-name', '');
  assert.equal(profiles.of('bob'), NOBODY);
});

test('a nick that was given up has nothing of who had it', () => {
  const profiles = new Profiles();
  for (const nick of ['bob', 'eve']) profiles.set(nick, 'display-name', nick.toUpperCase());
  profiles.rename('bob', 'robert');
  assert.deepEqual(['bob', 'robert'].map((nick) => profiles.of(nick).name), ['', 'BOB']);
  profiles.rename('nobody', 'eve');
  assert.equal(profiles.of('eve'), NOBODY);
});

test('after the subscription, what does not come was removed meanwhile', () => {
  const state = new ChatState();
  state.begin({ nick: 'me', caps: ['draft/metadata-2', 'batch', 'labeled-response'] });
  for (const nick of ['bob', 'eve']) state.profiles.set(nick, 'display-name', 'x');
  const hear = (...texts) => lines(...texts).forEach((line) => handleLine(state, line, 1));
  hear(':s 001 me :Hi', ':s 376 me :End');
  assert.ok(state.take().includes('METADATA * SUB avatar display-name'));
  hear(':s 770 me other');
  assert.equal(state.profiles.of('eve').name, 'x');
  hear(':s 770 me avatar display-name', ':s BATCH +1 metadata *ALL', '@batch=1 :bob!u@h METADATA bob avatar * :y',
    '@batch=1 :s METADATA #tea avatar * :z', ':s BATCH -1');
  assert.deepEqual(state.profiles.of('bob'), { name: '', avatar: 'y' });
  assert.equal(state.profiles.of('eve'), NOBODY);
  hear(':s 774 me *ALL 0');
  assert.deepEqual(state.take(), ['METADATA *ALL SYNC']);
});

test('whoever joins is asked about, once at a time', () => {
  const state = new ChatState();
  state.begin({ nick: 'me', caps: ['draft/metadata-2', 'batch', 'labeled-response'] });
  const hear = (...texts) => lines(...texts).forEach((line) => handleLine(state, line, 1));
  hear(':s 001 me :Hi', ':s 376 me :End', ':me!u@h JOIN #tea');
  state.profiles.set('eve', 'display-name', 'whoever was eve before');
  const asked = [];
  const take = () => {
    for (let line = state.takeLater(); line !== null; line = state.takeLater()) asked.push(line);
    return asked.splice(0);
  };
  take();
  hear(':eve!u@h JOIN #tea', ':eve!u@h JOIN #tea');
  assert.deepEqual(take(), ['METADATA eve GET avatar display-name']);
  hear(':s 766 me eve avatar :key not set', ':s 766 me eve display-name :key not set');
  assert.equal(state.profiles.of('eve'), NOBODY);
  hear(':eve!u@h QUIT', ':eve!u@h JOIN #tea');
  assert.equal(take().length, 1);
  hear(':s FAIL METADATA INVALID_TARGET eve :invalid metadata target');
  assert.deepEqual(state.notices, []);
});
