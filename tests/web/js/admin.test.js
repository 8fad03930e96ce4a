/** What the administration shows and offers, without a browser. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { erased } from '../../../chatstore/web/irc/attributes.js';
import { actsOn } from '../../../chatstore/web/ui/admin-account.js';
import { sentenceOf } from '../../../chatstore/web/ui/admin-audit.js';
import { activity, tagsOf } from '../../../chatstore/web/ui/admin-people.js';
import { kindsOf, summary } from '../../../chatstore/web/ui/admin-rooms.js';
import { figures, longTime } from '../../../chatstore/web/ui/admin-status.js';
import { sizeText } from '../../../chatstore/web/ui/file-size.js';
import { sectionInAddress } from '../../../chatstore/web/ui/page.js';

/** The names of the acts on an account, for the administrator ann. */
function acts(account) {
  const client = { administration: {}, state: { account: 'Ann' } };
  return actsOn({ devices: 0, role: 'user', ...account }, client).filter(Boolean).map(({ name }) => name);
}

test('what can be done depends on the account, and nothing that locks oneself out is offered', () => {
  assert.deepEqual(acts({ name: 'bob', status: 'active', devices: 1 }), ['suspend', 'reset', 'admin', 'out', 'remove', 'erase']);
  assert.deepEqual(acts({ name: 'bob', status: 'suspended' }), ['restore', 'reset', 'admin', 'remove', 'erase']);
  assert.deepEqual(acts({ name: 'bob', status: 'waiting' }), ['approve', 'refuse']);
  assert.deepEqual(acts({ name: 'bob', status: 'placeholder' }), ['reset', 'remove', 'erase']);
  assert.deepEqual(acts({ name: 'bob', status: 'removed' }), ['erase']);
  assert.deepEqual(acts({ name: 'ann', status: 'active', devices: 1 }), []);
});

test('acts that cannot be undone ask for the name', () => {
  const client = { administration: {}, state: { account: 'ann' } };
  const dangerous = actsOn({ name: 'bob', status: 'active', devices: 0 }, client).filter((one) => ['remove', 'erase'].includes(one?.name));
  assert.deepEqual(dangerous.map(({ fields: [{ exactly }], danger }) => [exactly, danger]), [['bob', true], ['bob', true]]);
});

test('an account in words', () => {
  assert.deepEqual(tagsOf({ role: 'admin', status: 'suspended' }), ['administrator', 'suspended']);
  assert.equal(activity({ status: 'active', online: 1, seen: 1 }), 'Online now');
  assert.equal(activity({ status: 'active' }), 'Never signed in');
  assert.equal(activity({ status: 'suspended', reason: 'spam' }), 'Suspended without an end: spam');
});

test('an erasure that is done, in words', () => {
  const said = (...params) => erased(['ERASED', 'eve', ...params]);
  assert.equal(said('messages=312;read-markers=2;reactions=0;reasons=1'), 'Erased eve: 312 messages, 2 read markers, 1 reason.');
  assert.equal(said('*'), 'Erased eve.');
  assert.equal(said('messages=1;copies=1', 'b.db'), 'Erased eve: 1 message. These copies of the database may still have the words: b.db');
  assert.equal(said('interrupted=1'), 'Erasing eve was interrupted. Begin it again.');
});

test('a room, an audit entry and the figures in words', () => {
  assert.deepEqual(kindsOf({ secret: '1', 'invite-only': '1' }), ['private', 'invite only']);
  assert.equal(summary({ members: 1 }), '1 member · 0 events · no founder');
  assert.equal(sentenceOf({ says: 'suspended eve', action: 'account.suspend' }), 'suspended eve');
  assert.equal(sentenceOf({ action: 'account.new', about: 'eve' }), 'account.new eve');
  assert.deepEqual([0, 59, 3_600, 93_784, 86_460].map(longTime), ['0 seconds', '59 seconds', '1 hour', '1 day, 2 hours', '1 day']);
  assert.deepEqual([0, 999, 1_500, 39_453_237_248].map(sizeText), ['0 B', '999 B', '1.5 KiB', '36.7 GiB']);
  assert.deepEqual(figures({ version: '1', rooms: 0, name: '' }), [['Version', '1'], ['Rooms', 0]]);
});

test('the address names a section', () => {
  assert.deepEqual(['#admin=people', '#admin=', '#to=%23a', '#admin=people&x'].map(sectionInAddress), ['people', '', '', '']);
});
