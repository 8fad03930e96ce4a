import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fragment, inAddress, ownLink, permalink } from '../../../chatstore/web/ui/permalinks.js';

const HERE = 'https://chat.example/team/';

test('what a link names is what it was made of', () => {
  for (const [name, msgid] of [['#tea', 'a1b2'], ['zoë', 'x&y=%#'], ['#a&message=b', 'c'], ['#tea', '']]) {
    assert.deepEqual(inAddress(fragment(name, msgid)), { name, msgid });
    assert.deepEqual(ownLink(HERE + fragment(name, msgid), HERE), { name, msgid });
  }
});

test('other addresses name nothing', () => {
  for (const hash of ['', '#', '#to=', '#admin=people', '#to=a&message=', '#to=a&x=1', '#to=%', '#to=a&message=%zz']) {
    assert.deepEqual(inAddress(hash), { name: '', msgid: '' }, hash);
  }
  for (const address of ['https://evil.example/#to=a', 'https://chat.example/#to=a', 'https://chat.example/team/x#to=a', `${HERE}?q#to=a`, 'javascript:x#to=a']) {
    assert.equal(ownLink(address, HERE).name, '', address);
  }
});

test('a link has the address of the page', () => {
  globalThis.location = { href: `${HERE}#admin=people`, hash: '' };
  assert.equal(permalink('#tea', 'm1'), `${HERE}#to=%23tea&message=m1`);
});
