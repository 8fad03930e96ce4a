/** The client and the page, for every component. */

import { createContext, useContext } from './html.js';

export const Here = createContext(null);

/** @returns {{client: import('../irc/client.js').Client, page: import('./page.js').Page}} */
export function useHere() {
  return useContext(Here);
}
