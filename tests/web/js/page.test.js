import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../../../chatstore/web/irc/client.js';
import { Buffer } from '../../../chatstore/web/irc/buffer.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { withoutAccents } from '../../../chatstore/web/irc/names.js';
import { endings } from '../../../chatstore/web/ui/completion.js';
import { QUICK, searchEmojis, loadEmojis, recentEmojis, rememberEmoji } from '../../../chatstore/web/ui/emoji.js';
import { highlight } from '../../../chatstore/web/ui/highlight.js';
import { nameError, suggestName } from '../../../chatstore/web/ui/name-check.js';
import { Page } from '../../../chatstore/web/ui/page.js';
import { sections, shownFolded } from '../../../chatstore/web/ui/sidebar.js';
import { ranked } from '../../../chatstore/web/ui/switch-dialog.js';
import { Browser } from './fake_browser.js';

function storage(kept = {}) {
  return {
    kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => { kept[key] = text; },
    removeItem: (key) => { delete kept[key]; },
  };
}

test('a sign-in in progress does not count, and a refused one keeps what another tab saved', async () => {
  const browser = new Browser();
  const kept = storage({ 'chatstore-sign-in': '{"account":"bob","token":"t","id":"1"}' });
  const client = new Client({ url: 'ws://x/', storage: kept, browser });
  for (const [refusal, code] of [[':s 904 * :SASL authentication failed: wrong', '904'], ['ERROR :go away', 'ERROR'], ['', 'OFFLINE']]) {
    const entering = client.signIn({ account: 'bob', password: 'wrong' });
    assert.equal(client.signedIn, false);
    browser.socket.opens();
    browser.socket.says(':s CAP * LS :sasl', ':s CAP * ACK :sasl');
    if (refusal) browser.socket.says(refusal);
    else browser.socket.breaks();
    await assert.rejects(entering, (error) => error.code === code && error.message !== '');
    assert.equal(client.signedIn, false);
    assert.ok(kept.kept['chatstore-sign-in']);
  }
});

test('an invalid name gets a sentence with a valid suggestion', () => {
  assert.match(nameError('Ann Smith'), /letters, digits.*Ann_Smith/);
  assert.equal(suggestName('-a..b!'), 'a_b');
  for (const name of ['alice', 'zoë', 'a-b_c']) assert.equal(nameError(name), '');
});

test('typed without accents it finds names with them; typed with accents only those', () => {
  assert.equal(withoutAccents('José'), 'jose');
  const known = { nicks: ['José', 'jose2', 'bob'], rooms: [], commands: [], emojis: [] };
  assert.deepEqual(endings('@jos', 4, known).endings, ['@José ', '@jose2 ']);
  assert.deepEqual(endings('@josé', 5, known).endings, ['@José ']);
  const list = ['José', 'bob'].map((name) => ({ name, mentions: 0, unread: 0, last: 0 }));
  assert.deepEqual(ranked(list, 'jose').map((one) => one.name), ['José']);
});

test('search words are marked at the starts of words', () => {
  assert.deepEqual(highlight('The Café, cafeteria', 'cafe'), [['The ', false], ['Café', true], [', ', false], ['cafe', true], ['teria', false]]);
  assert.deepEqual(highlight('cafe café', 'café'), [['cafe ', false], ['café', true]]);
  assert.deepEqual(highlight('<b>decaf', 'caf'), [['<b>decaf', false]]);
});

test('a reply to our message is a mention, in history too; a reply to others is not', () => {
  const one = new Buffer('#tea');
  const about = { now: 1, isMe: (nick) => nick === 'bob', mentions: () => false };
  const line = (msgid, nick, time, answers = '') => parse(
    `@msgid=${msgid};time=2025-01-01T00:00:0${time}.000Z${answers && `;+draft/reply=${answers}`} :${nick}!u@h PRIVMSG #tea :x`);
  one.read(0);
  one.take('1', line('1', 'bob', 1), about);
  one.take('2', line('2', 'ann', 2, '1'), about);
  one.take('3', line('3', 'ann', 3, '2'), about);
  assert.deepEqual(one.entries.map((entry) => entry.mention), [false, true, false]);
  assert.equal(one.mentions, 1);
  const other = new Buffer('#tea');
  other.insert([line('1', 'bob', 1), line('2', 'ann', 2, '1')], ['1', '2'], about);
  assert.deepEqual(other.entries.map((entry) => entry.mention), [false, true]);
});

test('an operator mentions everybody in a room, nobody else does', () => {
  const one = new Buffer('#tea');
  one.members.add('ann', { prefix: '@' });
  one.members.add('eve', { prefix: '+' });
  const about = { now: 1, isMe: () => false, mentions: () => false };
  const said = (key, nick, text) => one.take(key, parse(`@msgid=${key} :${nick}!u@h PRIVMSG #tea :${text}`), about).mention;
  assert.equal(said('1', 'Ann', 'tea, @room!'), true);
  assert.equal(said('2', 'ann', 'a room, bob@room.example'), false);
  assert.equal(said('3', 'eve', '@room'), false);
  const known = { nicks: ['roman', 'room'], rooms: [], commands: [], emojis: [] };
  assert.deepEqual(endings('@ro', 3, { ...known, leads: true }).endings, ['@room ', '@roman ', '@room ']);
  assert.deepEqual(endings('@rom', 4, { ...known, leads: true }).endings, ['@roman ']);
  assert.deepEqual(endings('ro', 2, { ...known, nicks: [], leads: true }).endings, []);
  assert.deepEqual(endings('@', 1, { ...known, nicks: [], leads: true }).endings, []);
});

test('emoji are completed by the start of a name, exact matches first', async () => {
  const known = { nicks: [], rooms: [], commands: [], emojis: await loadEmojis() };
  assert.ok(known.emojis.length > 1800);
  assert.deepEqual(endings('so :rocke', 9, known), { start: 3, endings: ['🚀 '] });
  assert.deepEqual(endings('so :rock', 8, known).endings.slice(0, 2), ['🪨 ', '🚀 ']);
  assert.deepEqual(endings(':tada:', 6, known).endings, ['🎉 ']);
  assert.equal(endings(':+1', 3, known).endings[0], '👍 ');
  assert.deepEqual(endings(':)', 2, known).endings, []);
});

test('emoji are found by their names and other words, names first', async () => {
  const all = await loadEmojis();
  const first = (typed) => searchEmojis(all, typed)[0]?.emoji;
  assert.deepEqual(['rocket', 'thumbs up', 'ROFL', ':coffee:', '🎉'].map(first), ['🚀', '👍', '🤣', '☕', '🎉']);
  assert.ok(searchEmojis(all, 'laugh').some((one) => one.emoji === '😂'));
  assert.deepEqual(searchEmojis(all, 'laugh nonsense'), []);
  assert.deepEqual(searchEmojis(all, 'launch space').map((one) => one.emoji), ['🚀']);
  for (const emoji of QUICK) assert.ok(all.some((one) => one.emoji === emoji), emoji);
});

test('recently used emoji are offered, newest first, each once', () => {
  globalThis.localStorage = storage();
  for (const emoji of ['🚀', '☕', '🚀']) rememberEmoji(emoji);
  assert.deepEqual(recentEmojis(), ['🚀', '☕']);
  for (let number = 0; number < 40; number += 1) rememberEmoji(`e${number}`);
  assert.equal(recentEmojis().length, 16);
  delete globalThis.localStorage;
});

test('favourites have their own section; this browser saves them', () => {
  Object.assign(globalThis, { localStorage: storage(), location: { hash: '' } });
  const page = new Page();
  let told = 0;
  page.subscribe(() => { told += 1; });
  page.setFavourite('#Tea', true);
  page.setFavourite('bob', true);
  assert.equal(told, 2);
  const list = ['#milk', '#tea', 'ann', 'bob'].map((name) => ({ name, room: name.startsWith('#') }));
  const names = (of) => Object.fromEntries(Object.entries(sections(list, (name) => of.isFavourite(name)))
    .map(([title, found]) => [title, found.map((one) => one.name)]));
  const divided = { favourites: ['#tea', 'bob'], rooms: ['#milk'], directs: ['ann'] };
  assert.deepEqual(names(page), divided);
  assert.deepEqual(names(new Page()), divided);
  page.setFavourite('#TEA', false);
  assert.deepEqual(names(page), { favourites: ['bob'], rooms: ['#milk', '#tea'], directs: ['ann'] });
  delete globalThis.localStorage;
  delete globalThis.location;
});

test('a folded section shows unread buffers and the open one', () => {
  const list = [['#a', 0], ['#b', 2], ['#Here', 0]].map(([name, unread]) => ({ name, unread }));
  assert.deepEqual(shownFolded(list, '#here').map((one) => one.name), ['#b', '#Here']);
});
