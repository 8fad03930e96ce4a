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

/** The name in the list that a request is for; '' for what is the network's alone. */
function nameOf(request) {
  const url = new URL(request.url);
  const scope = new URL(self.registration.scope);
  if (request.method !== 'GET' || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return '';
  const name = url.pathname.slice(scope.pathname.length) || 'index.html';
  return Object.hasOwn(self.FILES, name) ? name : '';
}

/** Every file, and each whole: with one missing the old set goes on. */
async function fill() {
  const cache = await caches.open(CACHE);
  await Promise.all(Object.keys(self.FILES).map(async (name) => {
    const response = await fetch(new Request(name, { cache: 'no-cache' }));
    const tag = response.headers.get('ETag') ?? '';
    if (!response.ok || tag.replace(/^W\//, '').replaceAll('"', '') !== self.FILES[name]) throw new Error(`${name} is not what was listed`);
    await cache.put(name, response);
  }));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request, name) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}
