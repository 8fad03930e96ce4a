/** Hooks that components share: the client and the page, and asynchronous work. */

import { createContext, useContext, useState } from './html.js';
import { sentence } from './message-text.js';

/** The client and the page, for every component. */
export const AppContext = createContext(null);

/** @returns {{client: import('../irc/client.js').Client, page: import('./page.js').Page}} */
export function useApp() {
  return useContext(AppContext);
}

/**
 * Run asynchronous work in a component. `busy`: it is running; `error`: why the last run failed; `run` resolves to
 * whether it succeeded.
 * @returns {{busy: boolean, error: string, run: (job: () => Promise<any> | any) => Promise<boolean>}}
 */
export function useAsync() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const run = async (job) => {
    setBusy(true);
    setError('');
    try {
      await job();
      setBusy(false);
      return true;
    } catch (error) {
      setBusy(false);
      setError(sentence(error?.message || 'Something went wrong'));
      return false;
    }
  };
  return { busy, error, run };
}

/** Whether nothing has the focus: what had it is gone. Browsers give it to the document or to the dialog around it. */
export function focusLost() {
  return document.activeElement === null || document.activeElement.matches('body, dialog');
}
