/**
 * The service worker: the page offline, and notifications. The server lists the page's files with the hashes of their contents in files.js;
 * the worker caches them as one set. When a file changes, so does the list: the browser installs a new worker with a new
 * set. Requests for anything else (/healthz, the WebSocket) go to the network.
 */

const policy = self.trustedTypes?.createPolicy('worker', { createScriptURL: () => 'files.js' });
importScripts(policy?.createScriptURL('') ?? 'files.js'); // sets FILES: {path: hash} and VERSION, a hash of both

const PREFIX = 'chatstore-page-';
const CACHE = PREFIX + self.VERSION;

self.addEventListener('install', (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const name = nameOf(request);
  if (name !== '') event.respondWith(answer(request, name));
});

// Notifications: of the page while it is open, of the server's push while it is not.

/** What the page has to tell, and what was read in it. */
self.addEventListener('message', (event) => {
  const { tell: message, read } = event.data ?? {};
  if (message) event.waitUntil(tell(message));
  if (typeof read === 'string') event.waitUntil(close(read, Infinity));
});

/** A push is one line of IRC. Spec: soju.im/webpush. */
self.addEventListener('push', (event) => {
  const line = parsed(event.data?.text() ?? '');
  const told = Object.hasOwn(PUSHED, line.command) ? PUSHED[line.command](line) : null;
  if (told) event.waitUntil(told);
});

const PUSHED = {
  PRIVMSG: said,
  NOTICE: said,
  INVITE: ({ nick, params: [, room = ''] }) => tell({ nick, target: room, text: `${nick} invites you to ${room}`, msgid: '' }),
  MARKREAD: ({ params: [target = '', time = ''] }) => close(target, Date.parse(time.replace(/^timestamp=/, '')) || 0),
};

function said({ nick, tags, params: [target = '', body = ''] }) {
  const action = /^\x01ACTION (.*?)\x01?$/s.exec(body);
  if (body.startsWith('\x01') && !action) return null;
  const text = (action ? `${nick} ${action[1]}` : body).replace(CODES, '').replace(HIDDEN, '');
  const room = target.replace(/^[@+](?=#)/, '');
  const told = { nick, target: room.startsWith('#') ? room : nick, text, msgid: tags.msgid ?? '', time: Date.parse(tags.time) || Date.now() };
  return inUse().then((used) => (used ? undefined : tell(told)));
}

/** Whether somebody looks at the page: it shows the message by itself. */
async function inUse() {
  const pages = await self.clients.matchAll({ type: 'window' });
  return pages.some((one) => one.visibilityState === 'visible' && one.focused);
}

/** Style codes of IRC clients; control characters and direction overrides, as in the page. */
const CODES = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/gi;
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g;
const ESCAPED = { ':': ';', s: ' ', r: '\r', n: '\n', '\\': '\\' };

/** The parts of a line that a notification needs. */
function parsed(text) {
  const [, words = '', source = '', command = '', rest = ''] = /^(?:@(\S*) +)?(?::(\S*) +)?(\S+)(.*)$/s.exec(text.trim()) ?? [];
  const tags = Object.create(null);
  for (const word of words.split(';')) {
    const [name, value = ''] = word.split(/=(.*)/s);
    tags[name] = value.replace(/\\(.?)/g, (_, one) => ESCAPED[one] ?? one);
  }
  const [before, ...last] = rest.split(/ :(.*)/s);
  const params = [...before.split(' ').filter(Boolean), ...last.slice(0, 1)];
  return { command: command.toUpperCase(), nick: source.split('!')[0], tags, params };
}

/** Characters of a message, and messages of a conversation, in a notification. */
const LONGEST = 240;
const MOST = 4;

/** Notifications are changed one after the other: two at once would each forget the other's message. */
let turn = Promise.resolve();

/** Tell of a message; one notification for each conversation. What page and push both tell is told once. */
function tell({ nick, target, text, msgid = '', time = Date.now() }) {
  turn = turn.then(async () => {
    const tag = folded(target);
    const [before] = await self.registration.getNotifications({ tag });
    const { messages = [], count = 0 } = before?.data ?? {};
    if (msgid && messages.some((one) => one.msgid === msgid)) return;
    const all = [...messages, { nick, text: text.slice(0, LONGEST), msgid, time }].slice(-MOST);
    const room = target.startsWith('#');
    const several = count > 0 && room;
    await self.registration.showNotification(count > 0 ? `${room ? target : nick} (${count + 1})` : room ? `${nick} in ${target}` : nick, {
      body: all.map((one) => (several ? `${one.nick}: ${one.text}` : one.text)).join('\n'), tag, icon: 'icons/icon-192.png', timestamp: time,
      data: { open: target, messages: all, count: count + 1 },
    });
  }).catch((error) => console.info('This browser shows no notification:', error));
  return turn;
}

/** Take back what was read until a time. */
function close(target, until) {
  turn = turn.then(async () => {
    for (const note of await self.registration.getNotifications({ tag: folded(target) })) {
      if ((note.data?.messages ?? []).every(({ time }) => time <= until)) note.close();
    }
  }).catch(() => {});
  return turn;
}

/** As fold() in irc/names.js. */
function folded(name) {
  return name.replace(/[\u3000\uff00-\uffef]/g, (character) => character.normalize('NFKC')).toLowerCase().normalize('NFC');
}

/** A notification was clicked: show its conversation in an open page, or open one. */
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.open ?? ''));
});

async function show(name) {
  const pages = await self.clients.matchAll({ type: 'window' });
  const page = pages.find((one) => one.visibilityState === 'visible') ?? pages[0];
  if (page === undefined) {
    await self.clients.openWindow(`${self.registration.scope}#to=${encodeURIComponent(name)}`);
    return;
  }
  page.postMessage({ open: name });
  await page.focus();
}

/** The name of the listed file that is requested; '' for requests that go to the network. */
function nameOf(request) {
  const url = new URL(request.url);
  const scope = new URL(self.registration.scope);
  if (request.method !== 'GET' || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return '';
  const name = url.pathname.slice(scope.pathname.length) || 'index.html';
  return Object.hasOwn(self.FILES, name) ? name : '';
}

/** Files to fetch at once: proxies and servers limit the connections of one address. */
const TOGETHER = 6;

/** Fetch all files. If one fails, the old set stays in use. */
async function fill() {
  const cache = await caches.open(CACHE);
  const names = Object.keys(self.FILES);
  const fetchNext = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await keep(cache, name);
  };
  await Promise.all(Array.from({ length: TOGETHER }, fetchNext));
}

/** Compare the content, not the ETag: proxies that compress change or drop it. */
async function keep(cache, name) {
  const response = await fetch(new Request(name, { cache: 'no-cache' }));
  const content = await response.clone().arrayBuffer();
  if (!response.ok || !(await hashOf(content)).startsWith(self.FILES[name])) throw new Error(`${name} is not what was listed`);
  await cache.put(name, response);
}

/** SHA-256; the list has its first digits. */
async function hashOf(content) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request, name) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}
