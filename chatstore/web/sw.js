/**
 * The page without a network. The server lists its files, each with the hash of its content, in files.js; they are
 * kept as one set that belongs together. When a file changes, the list does, the browser sees a new worker and gets a
 * new set; what is not in the list (/healthz, the WebSocket) is never kept and never answered here.
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

/** A notification was clicked: the page comes to the front, or is opened, with the buffer. */
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

/** The name in the list that a request is for; '' for what is the network's alone. */
function nameOf(request) {
  const url = new URL(request.url);
  const scope = new URL(self.registration.scope);
  if (request.method !== 'GET' || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return '';
  const name = url.pathname.slice(scope.pathname.length) || 'index.html';
  return Object.hasOwn(self.FILES, name) ? name : '';
}

/** Files that are fetched at once: proxies and servers let one address have few connections. */
const TOGETHER = 6;

/** Every file, and each whole: with one missing the old set goes on. */
async function fill() {
  const cache = await caches.open(CACHE);
  const names = Object.keys(self.FILES);
  const fetchNext = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await keep(cache, name);
  };
  await Promise.all(Array.from({ length: TOGETHER }, fetchNext));
}

/** The content is compared, and no header: proxies that compress change an ETag, or drop it. */
async function keep(cache, name) {
  const response = await fetch(new Request(name, { cache: 'no-cache' }));
  const content = await response.clone().arrayBuffer();
  if (!response.ok || !(await hashOf(content)).startsWith(self.FILES[name])) throw new Error(`${name} is not what was listed`);
  await cache.put(name, response);
}

/** SHA-256, of which the list has the first digits. */
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
