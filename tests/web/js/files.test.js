/** Files in messages, the tray of uploads, and the requests about files. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { filesIn, kindOf, placesOf, textWith } from '../../../chatstore/web/irc/file-links.js';
import { FileStore, disposition, problem } from '../../../chatstore/web/irc/file-store.js';
import { MOST, TOGETHER, Uploads, placeOf } from '../../../chatstore/web/irc/uploads.js';

const TOKEN = 'Zm9vYmFyYmF6cXV4Zm9v';
const PLACES = placesOf('https://chat.example.org/files', 'http://localhost:8080/');
const CAT = `https://chat.example.org/files/${TOKEN}/my%20cat.jpg`;

test('links to files of this server are found with their space, their name and what they show', () => {
  assert.deepEqual(PLACES, ['https://chat.example.org/files/', 'http://localhost:8080/files/']);
  const { words, files } = filesIn(`Look!\nA cat on a mat ${CAT}#w=800&h=600\nbye`, PLACES);
  assert.equal(words, 'Look!\nA cat on a mat\nbye');
  assert.deepEqual(files, [{
    token: TOKEN, name: 'my cat.jpg', path: `files/${TOKEN}/my%20cat.jpg`, thumbnail: `files/${TOKEN}/thumbnail`,
    kind: 'picture', width: 800, height: 600, alt: 'A cat on a mat',
  }]);
  assert.deepEqual(filesIn(`http://localhost:8080/files/${TOKEN}/a.zip`, PLACES).files[0].kind, 'other');
});

test('other addresses are no files of this server, and absurd sizes take no space', () => {
  for (const text of [
    `https://evil.example/files/${TOKEN}/a.png`, 'https://chat.example.org/files/short/a.png',
    `https://chat.example.org/files/${TOKEN}`, `https://chat.example.org/filesx/${TOKEN}/a.png`, 'no link',
  ]) assert.deepEqual(filesIn(text, PLACES), { words: text, files: [] });
  for (const fragment of ['w=800', 'w=-1&h=2', 'w=99999&h=99999', 'w=1e3&h=5', 'x', '']) {
    const [{ width, height }] = filesIn(`${CAT}#${fragment}`, PLACES).files;
    assert.deepEqual([width, height], [0, 0], fragment);
  }
  assert.equal(filesIn(`https://chat.example.org/files/${TOKEN}/%zz.png`, PLACES).files[0].name, '%zz.png');
  assert.deepEqual(filesIn('x', []), { words: 'x', files: [] });
  const many = Array(21).fill(CAT).join('\n');
  assert.equal(filesIn(many, PLACES).files.length, 20);
});

test('what a name says about a file', () => {
  assert.deepEqual(['a.PNG', 'b.webm', 'c.mp3', 'd.svg', 'e.html', 'png', 'x.tar.gz'].map(kindOf),
    ['picture', 'video', 'audio', 'other', 'other', 'other', 'other']);
});

test('a message with files can be read by every client, and back', () => {
  const files = [{ url: CAT, width: 8, height: 6, alt: ' A cat\non a mat ' }, { url: `${CAT}.zip`, width: 0, height: 0, alt: '' }];
  const text = textWith('Look!', files);
  assert.equal(text, `Look!\nA cat on a mat ${CAT}#w=8&h=6\n${CAT}.zip`);
  const back = filesIn(text, PLACES);
  assert.equal(back.words, 'Look!\nA cat on a mat');
  assert.deepEqual(back.files.map((one) => one.alt), ['A cat on a mat', '']);
  assert.equal(textWith('', []), '');
});

/** A tray whose uploads the test lets end. */
function tray() {
  const sent = [];
  const said = [];
  const removed = [];
  const uploads = new Uploads({
    upload: (file, { progress, stopped }) => new Promise((resolve, reject) => {
      const one = { file, progress, resolve, reject, stopped: false };
      stopped(() => {
        one.stopped = true;
        reject(new Error('stopped'));
      });
      sent.push(one);
    }),
    remove: async (token) => removed.push(token),
    say: (target, text, { replyTo }) => said.push([target, text, replyTo]),
    changed: () => {},
  });
  return { uploads, sent, said, removed };
}

const file = (name) => ({ name, size: 3, type: 'image/png' });
const settled = () => new Promise((resolve) => { setTimeout(resolve, 0); });
const stored = (name) => ({ url: `https://c/files/${name}`, token: name, width: 2, height: 1 });

test('files are uploaded at once, a few together, and the message waits for all of them', async () => {
  const { uploads, sent, said } = tray();
  uploads.add('#Tea', ['a', 'b', 'c'].map(file));
  assert.equal(sent.length, TOGETHER);
  assert.deepEqual(uploads.tray('#tea').items.map((one) => one.status), ['sending', 'sending', 'waiting']);
  sent[0].progress(0.5);
  assert.equal(uploads.tray('#tea').items[0].part, 0.5);
  uploads.describe('#tea', uploads.tray('#tea').items[1].id, 'Bee');
  uploads.post('#tea', 'Look', { replyTo: 'm1' });
  sent[0].resolve(stored('a'));
  await settled();
  assert.equal(sent.length, 3);
  assert.deepEqual(said, []);
  sent[1].resolve(stored('b'));
  sent[2].resolve({ url: 'https://c/files/c' });
  await settled();
  assert.deepEqual(said, [['#Tea', 'Look\nhttps://c/files/a#w=2&h=1\nBee https://c/files/b#w=2&h=1\nhttps://c/files/c', 'm1']]);
  assert.deepEqual(uploads.tray('#tea').items, []);
  assert.equal(uploads.busy, false);
});

test('what failed says why and stays, and holds up neither the message nor the other files', async () => {
  const { uploads, sent, said } = tray();
  uploads.add('bob', [file('a'), file('b')]);
  uploads.post('bob', 'Look');
  sent[1].reject(problem(507, ''));
  await settled();
  assert.deepEqual(said, []);
  sent[0].resolve(stored('a'));
  await settled();
  assert.deepEqual(said, [['bob', 'Look\nhttps://c/files/a#w=2&h=1', '']]);
  const { items: [failed], post } = uploads.tray('bob');
  assert.equal(post, null);
  assert.deepEqual([failed.name, failed.status, failed.space, failed.again, failed.missed], ['b', 'failed', true, true, true]);
  assert.match(failed.error, /no space/);
  uploads.retry('bob', failed.id);
  sent[2].reject(problem(413, JSON.stringify({ detail: 'At most 10 MB.' })));
  await settled();
  const [now] = uploads.tray('bob').items;
  assert.deepEqual([now.error, now.again, now.missed], ['At most 10 MB.', false, false]);
  uploads.discard('bob', failed.id);
  assert.deepEqual([uploads.busy, said.length], [false, 1]);
});

test('a message whose files all failed waits until they are tried again or taken out', async () => {
  const { uploads, sent, said } = tray();
  uploads.add('bob', [file('a')]);
  uploads.post('bob', 'Look');
  sent[0].reject(problem(0, ''));
  await settled();
  assert.deepEqual(said, []);
  const [{ id, missed }] = uploads.tray('bob').items;
  assert.equal(missed, false);
  uploads.retry('bob', id);
  sent[1].reject(problem(0, ''));
  await settled();
  uploads.discard('bob', id);
  assert.deepEqual(said, [['bob', 'Look', '']]);
});

test('a file that is taken out is stopped, or removed from the server', async () => {
  const { uploads, sent, removed, said } = tray();
  uploads.add('bob', ['a', 'b', 'c'].map(file));
  const [a, b] = uploads.tray('bob').items;
  sent[0].resolve(stored('a'));
  await settled();
  uploads.discard('bob', a.id);
  assert.deepEqual(removed, ['a']);
  uploads.discard('bob', b.id);
  assert.equal(sent[1].stopped, true);
  await settled();
  assert.deepEqual(uploads.tray('bob').items.map((one) => one.name), ['c']);
  assert.deepEqual(said, []);
});

test('the waiting message can be taken back, and signing out stops everything', async () => {
  const { uploads, sent, said } = tray();
  uploads.add('bob', [file('a')]);
  uploads.post('bob', 'Look');
  assert.equal(uploads.recall('bob'), 'Look');
  sent[0].resolve(stored('a'));
  await settled();
  assert.deepEqual(said, []);
  assert.equal(uploads.busy, true);
  uploads.add('bob', [file('b')]);
  uploads.clear();
  assert.equal(sent[1].stopped, true);
  await settled();
  assert.deepEqual([uploads.busy, said], [false, []]);
});

test('the files of a thread are apart from those of its conversation', async () => {
  const { uploads, sent, said } = tray();
  const place = placeOf('#Tea', 'm1');
  uploads.add(place, [file('a')]);
  assert.deepEqual(uploads.tray('#tea').items, []);
  assert.equal(uploads.tray(placeOf('#tea', 'm1')).items.length, 1);
  uploads.post(place, 'Look', { replyTo: 'm1' });
  sent[0].resolve(stored('a'));
  await settled();
  assert.deepEqual(said, [['#Tea', 'Look\nhttps://c/files/a#w=2&h=1', 'm1']]);
});

test('a message takes only so many files', () => {
  const { uploads } = tray();
  assert.equal(uploads.add('bob', Array(MOST).fill(file('a'))), '');
  assert.match(uploads.add('bob', [file('b')]), /left out/);
  assert.equal(uploads.tray('bob').items.length, MOST);
});

test('the name of a file survives a header', () => {
  assert.equal(disposition('a "b"\\%.txt'), "attachment; filename=\"a _b___.txt\"; filename*=UTF-8''a%20%22b%22%5C%25.txt");
  assert.equal(disposition("Zoë's \ud800.png"), "attachment; filename=\"Zo_'s _.png\"; filename*=UTF-8''Zo%C3%AB%27s%20%EF%BF%BD.png");
});

/** A file store that answers by the test's words; `usage` is what it says of the account's files. */
function store(answer, usage = {}) {
  const asked = [];
  const network = {
    post: async (url, headers, body, options) => {
      asked.push(['POST', url, headers]);
      options.progress(1);
      await answer.held;
      return { header: (name) => answer.headers?.[name] ?? null, text: JSON.stringify(answer.body ?? {}), ...answer };
    },
    fetch: async (url, { method = 'GET', headers }) => {
      asked.push([method, url, headers]);
      if (answer === null) throw new TypeError('failed');
      if (url.endsWith('?limit=1')) return new Response(JSON.stringify({ files: [], usage }));
      return new Response(answer.body && JSON.stringify(answer.body), { status: answer.status, headers: answer.headers });
    },
  };
  return { asked, files: new FileStore({ place: () => 'https://c/files', authorization: () => 'Bearer t', network }) };
}

const QUIET = { progress: () => {}, stopped: () => {} };
const CREATED = { status: 201, headers: { Location: `/files/${TOKEN}/a.png` }, body: { width: 2, height: 3 } };

test('an upload says who, what and how it is called, and learns where it is', async () => {
  const { files, asked } = store(CREATED);
  const found = await files.upload({ name: 'a.png', type: 'image/png' }, QUIET);
  assert.deepEqual(found, { url: `https://c/files/${TOKEN}/a.png`, token: TOKEN, width: 2, height: 3 });
  const [[first, where], [method, url, headers]] = asked;
  assert.deepEqual([first, where], ['GET', 'https://c/files?limit=1']);
  assert.deepEqual([method, url], ['POST', 'https://c/files']);
  assert.deepEqual(headers, {
    Authorization: 'Bearer t', 'Content-Type': 'image/png',
    'Content-Disposition': "attachment; filename=\"a.png\"; filename*=UTF-8''a.png",
  });
});

test('what has no room is refused before it is sent, with both sizes', async () => {
  const mib = 1 << 20;
  const usage = { used: 90 * mib, quota: 100 * mib, files: 3, files_limit: 5, file_limit: 25 * mib };
  const { files, asked } = store(CREATED, usage);
  const refused = (size, where = files) => where.upload({ name: 'a', size }, QUIET).then(() => null, (error) => error);
  const large = await refused(30 * mib);
  assert.equal(large.message, 'The file has 30.0 MiB; the server takes at most 25.0 MiB in a file.');
  assert.deepEqual([large.again, large.space], [false, false]);
  assert.equal((await refused(25 * mib + 1)).message,
    'The file has 26,214,401 bytes; the server takes at most 26,214,400 bytes in a file.');
  const full = await refused(12 * mib);
  assert.match(full.message, /has 12\.0 MiB; you have 10\.0 MiB left/);
  assert.deepEqual([full.again, full.space], [true, true]);
  assert.match((await refused(1, store(CREATED, { ...usage, files: 5 }).files)).message, /have 5 files/);
  assert.equal(asked.some(([method]) => method === 'POST'), false);
  assert.equal(await refused(10 * mib), null);
});

test('what is on its way counts, though the server does not know it yet', async () => {
  let arrives;
  const held = new Promise((resolve) => { arrives = resolve; });
  const { files } = store({ ...CREATED, held }, { used: 0, quota: 10, files: 0, files_limit: 9, file_limit: 10 });
  const first = files.upload({ name: 'a', size: 7 }, QUIET);
  await settled();
  await assert.rejects(files.upload({ name: 'b', size: 7 }, QUIET), /has 7 B; you have 3 B left/);
  arrives();
  await first;
  await files.upload({ name: 'b', size: 7 }, QUIET);
});

test('an upload that is stopped before it began sends nothing', async () => {
  const { files, asked } = store(CREATED);
  await assert.rejects(files.upload({ name: 'a', size: 1 }, { progress: () => {}, stopped: (stop) => stop() }), { code: 'STOPPED' });
  assert.equal(asked.some(([method]) => method === 'POST'), false);
});

test('refusals say what to do', async () => {
  const refused = async (answer) => store(answer).files.upload({ name: 'a' }, QUIET)
    .then(() => null, (error) => error);
  assert.match((await refused({ status: 413, body: {} })).message, /too large/);
  assert.equal((await refused({ status: 0, text: '' })).again, true);
  assert.match((await refused({ status: 429, headers: { 'Retry-After': '7' }, text: '' })).message, /Try again in 7 s/);
  const full = await refused({ status: 413, body: { code: 'QUOTA', detail: 'Your files take 1 GB of 1 GB.' } });
  assert.deepEqual([full.code, full.message, full.space], ['QUOTA', 'Your files take 1 GB of 1 GB.', true]);
  await assert.rejects(store(null).files.mine(), { code: 'OFFLINE' });
  await assert.rejects(store({ status: 404 }).files.remove('x'), { code: '404' });
});
