/** A promise in a component: whether it is under way, and what went wrong. */

import { useState } from './html.js';

/** @returns {{busy: boolean, trouble: string, ask: (job: () => Promise<any> | any) => Promise<boolean>}} */
export function useAsking() {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const ask = async (job) => {
    setBusy(true);
    setTrouble('');
    try {
      await job();
      setBusy(false);
      return true;
    } catch (error) {
      setBusy(false);
      setTrouble(error?.message || 'That did not work.');
      return false;
    }
  };
  return { busy, trouble, ask };
}
