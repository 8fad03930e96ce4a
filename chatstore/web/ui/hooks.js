/** What components share: the client and the page by a context, and promises with their progress. */

import { createContext, useContext, useState } from './html.js';

/** The client and the page, for every component. */
export const AppContext = createContext(null);

/** @returns {{client: import('../irc/client.js').Client, page: import('./page.js').Page}} */
export function useApp() {
  return useContext(AppContext);
}

/** A promise in a component: whether it is under way, and what went wrong. */
/** @returns {{busy: boolean, error: string, ask: (job: () => Promise<any> | any) => Promise<boolean>}} */
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
      setError(error?.message || 'That did not work.');
      return false;
    }
  };
  return { busy, error, run };
}
