/**
 * The service worker: the page offline. The server lists the page's files with the hashes of their contents in files.js;
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
