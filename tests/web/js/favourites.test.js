import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isFavourite, maySetFavourite, setFavourite } from '../../../chatstore/web/ui/favourites.js';

const app = (status, account, told) => {
  const set = [];
  return {
    set,
    client: {
      state: { connection: { status }, account }, favourites: told === null ? null : new Set(told),
      setFavourite: async (name, yes) => set.push(['account', name, yes]),
    },
    page: { isFavourite: (name) => name === '#here', setFavourite: (name, yes) => set.push(['browser', name, yes]) },
  };
};

test('a favourite is set where the server or the browser will not forget it', () => {
  assert.equal(maySetFavourite(app('online', 'bob', ['#tea'])), true);
  assert.equal(maySetFavourite(app('online', '', null)), true);
  assert.equal(maySetFavourite(app('online', 'bob', null)), false);  // what the server tells would take its place
  assert.equal(maySetFavourite(app('connecting', 'bob', null)), false);
  assert.equal(maySetFavourite(app('connecting', '', null)), false);
  const bob = app('online', 'bob', ['#tea']);
  setFavourite(bob, '#tea', false);
  const guest = app('online', '', null);
  setFavourite(guest, '#tea', true);
  assert.deepEqual([...bob.set, ...guest.set], [['account', '#tea', false], ['browser', '#tea', true]]);
});

test('until the server tells, this browser knows', () => {
  assert.equal(isFavourite(app('connecting', 'bob', null), '#here'), true);
  assert.equal(isFavourite(app('online', 'bob', ['#tea']), '#here'), false);
});
