/**
 * Where the browser gets a file from: by its address, or, if only members may see it, by a request with our token, whose
 * answer gets an address of its own (`blob:`). The address ends with the component.
 */

import { useEffect, useRef, useState } from './html.js';

/**
 * `src`: what to show; '' while there is nothing to show yet. `failed`: why it cannot be shown. `onError`: for the
 * element that shows it.
 * @param {import('../irc/client.js').Client} client
 * @param {string} path the file
 * @param {string} shown what to show of it: the file itself or its thumbnail
 * @returns {{src: string, failed: string, onError: () => void}}
 */
export function useSource(client, path, shown = path) {
  const [state, setState] = useState({ src: client.files.secret ? '' : shown, failed: '' });
  const tried = useRef(false);
  const gone = useRef(false);
  const made = useRef('');
  useEffect(() => {
    if (client.files.secret) onError(); // a mere address would be refused
    return () => {
      gone.current = true;
      if (made.current) URL.revokeObjectURL(made.current);
    };
  }, []);
  const onError = async () => {
    if (tried.current) {
      setState({ src: '', failed: 'It cannot be shown here.' });
      return;
    }
    tried.current = true;
    setState({ src: '', failed: '' });
    try {
      const { type, secret } = await client.files.about(path);
      if (!secret || !/^(?:image|audio|video)\//.test(type)) throw new Error('It cannot be shown here.');
      const content = await client.files.content(shown);
      if (gone.current) return;
      made.current = URL.createObjectURL(content);
      setState({ src: made.current, failed: '' });
    } catch (error) {
      if (!gone.current) setState({ src: '', failed: error.message });
    }
  };
  return { ...state, onError };
}

/** Save a file, also one that only members may see. */
export async function download(client, { path, name }) {
  const { secret } = await client.files.about(path);
  const address = secret ? URL.createObjectURL(await client.files.content(path)) : path;
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  if (secret) setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
