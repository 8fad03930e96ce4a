/** The service worker: the page without a network, and a word when the server has a newer page. */

/** The one script address that the page makes: its policy forbids all others (trusted types). */
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
    if (!workers) return; // only where the page came from this machine or by TLS
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
      () => {}, // forbidden by the browser: the page works, only not without a network
    );
  }
}
