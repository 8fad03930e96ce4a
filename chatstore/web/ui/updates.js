/** Registers the service worker, and notes when the server has a new version of the page. */

/** The only script address made at run time: the page's policy forbids all others (trusted types). */
function workerAddress() {
  const policy = globalThis.trustedTypes?.createPolicy('worker', { createScriptURL: () => 'sw.js' });
  return policy?.createScriptURL('') ?? 'sw.js';
}

export class Updates {
  constructor(page) {
    this.page = page;
  }

  begin() {
    const workers = navigator.serviceWorker;
    if (!workers) return; // they exist only on localhost and with TLS
    let before = workers.controller;
    workers.addEventListener('controllerchange', () => {
      if (before) this.page.set({ updateAvailable: true });
      before = workers.controller;
    });
    workers.register(workerAddress(), { updateViaCache: 'none' }).then(
      (registration) => {
        document.addEventListener('visibilitychange', () => {
          if (document.visibilityState === 'visible') registration.update().catch(() => {});
        });
      },
      () => {}, // blocked by the browser: the page works, but not offline
    );
  }
}
