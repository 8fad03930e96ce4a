/**
 * Links to files of this server, `https://chat.example.org/files/TOKEN/NAME#w=800&h=600`, in the texts of messages. The
 * fragment is for clients that show pictures: they keep so much space before the picture is there.
 *
 * Spec: docs/files.md.
 */

/**
 * `path`: relative to the page, without the fragment. `kind`: 'picture', 'video', 'audio' or 'other', by its name: the
 * server decides by the content, so showing it may still fail. `alt`: the words on the same line of the message.
 * @typedef {{token: string, name: string, path: string, thumbnail: string, kind: string, width: number, height: number,
 *   alt: string}} FileLink
 */

/** The folder of the files beside the page. */
const FOLDER = 'files/';
/** A token, a name, and the fragment. */
const FILE = '([\\w-]{16,64})/([^\\s/?#<>"]+)(?:#([\\w=&.-]*))?';
const KINDS = {
  picture: ['avif', 'gif', 'jpeg', 'jpg', 'png', 'webp'],
  video: ['m4v', 'mov', 'mp4', 'webm'],
  audio: ['aac', 'flac', 'm4a', 'mp3', 'oga', 'ogg', 'opus', 'wav'],
};
/** Pixels on a side. More is no picture that anybody sends. */
const LARGEST = 50_000;
/** The most files of one message that are shown. */
const MOST = 20;

/** The address that files are sent to; '' where the server takes none. Spec: soju.im/filehost. */
export function filehostIn(isupport) {
  return isupport.get('soju.im/FILEHOST') || isupport.get('draft/FILEHOST') || '';
}

/** What a file of this name probably is. */
export function kindOf(name) {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1].toLowerCase() ?? '';
  return Object.keys(KINDS).find((kind) => KINDS[kind].includes(ending)) ?? 'other';
}

/**
 * Where files of this server are, by the address that ISUPPORT gives and the page's own. Each ends with a slash.
 * @returns {string[]}
 */
export function placesOf(filehost, page) {
  return [...new Set([filehost && `${filehost.replace(/\/+$/, '')}/`, page && `${page}${FOLDER}`])].filter(Boolean);
}

/**
 * A message's words apart from its files. The other words on the line of a file describe it.
 * @param {string} text
 * @param {string[]} places
 * @returns {{words: string, files: FileLink[]}}
 */
export function filesIn(text, places) {
  if (!places.some((place) => text.includes(place))) return { words: text, files: [] };
  const literal = places.map((place) => place.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const links = new RegExp(`(?:${literal.join('|')})${FILE}`, 'g');
  const files = [];
  const lines = [];
  for (const line of text.split('\n')) {
    const found = [...line.matchAll(links)];
    if (found.length === 0 || files.length + found.length > MOST) {
      lines.push(line);
      continue;
    }
    const alt = line.replace(links, '').replace(/ {2,}/g, ' ').trim();
    files.push(...found.map(([, token, name, fragment]) => linkOf(token, name, fragment, alt)));
    if (alt !== '') lines.push(alt);
  }
  return { words: lines.join('\n'), files };
}

function linkOf(token, name, fragment, alt) {
  const size = new URLSearchParams(fragment ?? '');
  const [width, height] = ['w', 'h'].map((key) => pixels(size.get(key)));
  return {
    token, name: decoded(name), path: `${FOLDER}${token}/${name}`, thumbnail: `${FOLDER}${token}/thumbnail`,
    kind: kindOf(decoded(name)), width: height && width, height: width && height, alt,
  };
}

/**
 * The text of a message with files: the words first, then a line for each file, with what it shows and where it is.
 * @param {string} text
 * @param {Array<{url: string, width: number, height: number, alt: string}>} files
 */
export function textWith(text, files) {
  const lines = files.map(({ url, width, height, alt }) => {
    const words = alt.replace(/\s+/g, ' ').trim();
    return `${words && `${words} `}${url}${width && height ? `#w=${width}&h=${height}` : ''}`;
  });
  return [text, ...lines].filter((line) => line !== '').join('\n');
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function pixels(text) {
  const number = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return number <= LARGEST ? number : 0;
}
