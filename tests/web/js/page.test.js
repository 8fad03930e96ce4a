import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../../../chatstore/web/irc/client.js';
import { Conversation } from '../../../chatstore/web/irc/conversation.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { bare } from '../../../chatstore/web/irc/names.js';
import { endings } from '../../../chatstore/web/ui/completion.js';
import { hits } from '../../../chatstore/web/ui/hits.js';
import { nameTrouble, nearestName } from '../../../chatstore/web/ui/name-trouble.js';
import { ranked } from '../../../chatstore/web/ui/switch-dialog.js';
import { World } from './world.js';

function storage(kept = {}) {
  return {
    kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => { kept[key] = text; },
    removeItem: (key) => { delete kept[key]; },
  };
}

test('nobody is signed in while a sign-in is judged, and a refused one leaves what another tab keeps', async () => {
  const world = new World();
  const kept = storage({ 'chatstore-sign-in': '{"account":"bob","token":"t","id":"1"}' });
  const client = new Client({ url: 'ws://x/', storage: kept, world });
  for (const [refusal, code] of [[':s 904 * :SASL authentication failed: wrong', '904'], ['ERROR :go away', 'ERROR'], ['', 'OFFLINE']]) {
    const entering = client.signIn({ account: 'bob', password: 'wrong' });
    assert.equal(client.signedIn, false);
    world.socket.opens();
    world.socket.says(':s CAP * LS :sasl', ':s CAP * ACK :sasl');
    if (refusal) world.socket.says(refusal);
    else world.socket.breaks();
    await assert.rejects(entering, (error) => error.code === code && error.message !== '');
    assert.equal(client.signedIn, false);
    assert.ok(kept.kept['chatstore-sign-in']);
  }
});

test('a name that cannot be has a sentence with the nearest that can', () => {
  assert.match(nameTrouble('Ann Smith'), /letters, digits.*Ann_Smith/);
  assert.equal(nearestName('-a..b!'), 'a_b');
  for (const name of ['alice', 'zoë', 'a-b_c']) assert.equal(nameTrouble(name), '');
});

test('what was typed without accents finds names with them, and with accents only these', () => {
  assert.equal(bare('José'), 'jose');
  const known = { nicks: ['José', 'jose2', 'bob'], rooms: [], commands: [] };
  assert.deepEqual(endings('@jos', 4, known).endings, ['@José ', '@jose2 ']);
  assert.deepEqual(endings('@josé', 5, known).endings, ['@José ']);
  const list = ['José', 'bob'].map((name) => ({ name, mentions: 0, unread: 0, last: 0 }));
  assert.deepEqual(ranked(list, 'jose').map((one) => one.name), ['José']);
});

test('the words of a search are marked at the beginnings of words', () => {
  assert.deepEqual(hits('The Café, cafeteria', 'cafe'), [['The ', false], ['Café', true], [', ', false], ['cafe', true], ['teria', false]]);
  assert.deepEqual(hits('cafe café', 'café'), [['cafe ', false], ['café', true]]);
  assert.deepEqual(hits('<b>decaf', 'caf'), [['<b>decaf', false]]);
});

test('an answer to what we said is a mention, in history too, and an answer to others is none', () => {
  const one = new Conversation('#tea');
  const about = { now: 1, isMe: (nick) => nick === 'bob', mentions: () => false };
  const line = (msgid, nick, time, answers = '') => parse(
    `@msgid=${msgid};time=2025-01-01T00:00:0${time}.000Z${answers && `;+draft/reply=${answers}`} :${nick}!u@h PRIVMSG #tea :x`);
  one.read(0);
  one.take('1', line('1', 'bob', 1), about);
  one.take('2', line('2', 'ann', 2, '1'), about);
  one.take('3', line('3', 'ann', 3, '2'), about);
  assert.deepEqual(one.entries.map((entry) => entry.mention), [false, true, false]);
  assert.equal(one.mentions, 1);
  const other = new Conversation('#tea');
  other.insert([line('1', 'bob', 1), line('2', 'ann', 2, '1')], ['1', '2'], about);
  assert.deepEqual(other.entries.map((entry) => entry.mention), [false, true]);
});

test('an emoji is completed by the beginning of one of its names', () => {
  const known = { nicks: [], rooms: [], commands: [] };
  assert.deepEqual(endings('so :rock', 8, known), { start: 3, endings: ['🚀 '] });
  assert.deepEqual(endings(':)', 2, known).endings, []);
});
