/**
 * The files on the server: upload, list, look at, remove. Every request carries the device token of this browser.
 *
 * Specs: soju.im/filehost, docs/files.md; errors are problems (RFC 9457).
 */

import { ChatError } from './errors.js';
import { Listeners } from './listeners.js';
import { sizeTexts } from './sizes.js';
import { parseTime } from './times.js';

/**
 * What this needs of a browser. `post` uploads: {status, header(name), text}.
 * @typedef {{fetch: typeof fetch, post: (url: string, headers: Record<string, string>, body: Blob,
 *   options: {progress: (part: number) => void, stopped: (stop: () => void) => void}) => Promise<Answer>}} Network
 * @typedef {{status: number, header: (name: string) => string | null, text: string}} Answer
 * @typedef {{token: string, name: string, type: string, size: number, width: number, height: number, time: number,
 *   url: string}} StoredFile
 */

/** The token in the address of a file. */
const TOKEN = /\/([\w-]{16,64})\/[^/]*$/;

/** An error of a request. `again`: trying again may help. `space`: removing files helps. */
export class FileError extends ChatError {
  again = false;
  space = false;
}

export class FileStore {
  #place;
  #authorization;
  #network;
  /** Answers by path. @type {Map<string, Promise<{type: string, size: number, secret: boolean}>>} */
  #about = new Map();
  #removed = new Set();
  /** What is on its way: the server does not count it yet. */
  #coming = { bytes: 0, files: 0 };
  #onRemoved = new Listeners();
  /** Whether only members may see the file that was looked at last: it is the server's choice for all files. */
  secret = false;

  /**
   * @param {{place: () => string, authorization: () => string, network?: Network}} options `place`: the address that
   *   files are sent to
   */
  constructor({ place, authorization, network = realNetwork() }) {
    this.#place = place;
    this.#authorization = authorization;
    this.#network = network;
  }

  /**
   * Upload a file. What is too large is refused before it is sent.
   * @returns {Promise<{url: string, token: string, width: number, height: number}>}
   */
  async upload(file, options) {
    let over = false;
    options.stopped(() => { over = true; });
    const usage = await this.#usage();
    if (over) throw new FileError('STOPPED', 'The upload was stopped.');
    throwIfTooMuch(file.size, usage, this.#coming);
    this.#coming.bytes += file.size;
    this.#coming.files += 1;
    try {
      return await this.#send(file, options);
    } finally {
      this.#coming.bytes -= file.size;
      this.#coming.files -= 1;
    }
  }

  async #send(file, options) {
    const headers = {
      ...this.#headers(), 'Content-Type': file.type || 'application/octet-stream',
      'Content-Disposition': disposition(file.name || 'file'),
    };
    const { status, header, text } = await this.#network.post(this.#place(), headers, file, options);
    const location = header('Location');
    if (status !== 201 || !location) throw problem(status, text, header('Retry-After'));
    const { id, width, height } = object(text);
    const url = new URL(location, this.#place()).href;
    const token = id || (TOKEN.exec(url)?.[1] ?? '');
    return { url, token, width: width ?? 0, height: height ?? 0 };
  }

  /**
   * What one may know of a file without fetching it. `secret`: only members may see it; a mere link does not show it.
   * @returns {Promise<{type: string, size: number, secret: boolean}>}
   */
  about(path) {
    let asked = this.#about.get(path);
    if (asked === undefined) {
      asked = this.#head(path);
      this.#about.set(path, asked);
      asked.catch(() => this.#about.delete(path)); // ask again next time
    }
    return asked;
  }

  async #head(path) {
    const { headers } = await this.#ask(path, { method: 'HEAD' });
    const get = (name) => headers.get(name) ?? '';
    this.secret = /\b(?:private|no-store)\b/i.test(get('Cache-Control'));
    return {
      type: get('Content-Type').split(';')[0].trim().toLowerCase(), size: Number(get('Content-Length')) || 0,
      secret: this.secret,
    };
  }

  /** The content of a file that only members may see. @returns {Promise<Blob>} */
  async content(path) {
    return (await this.#ask(path, { cache: 'default' })).blob();
  }

  async remove(token) {
    await this.#ask(`${this.#place()}/${encodeURIComponent(token)}`, { method: 'DELETE' });
    this.#removed.add(token);
    this.#onRemoved.tell(token);
  }

  /** Whether we removed this file since the page was opened. */
  isRemoved(token) {
    return this.#removed.has(token);
  }

  /** Call the listener with the token of each file that we remove. Returns a function that ends it. */
  onRemoved(listener) {
    return this.#onRemoved.add(listener);
  }

  /**
   * A page of one's own files, newest first, and how much space they take.
   * @param {string} after the cursor of the page before; '' for the first one
   * @returns {Promise<{rows: StoredFile[], more: string, used: number, quota: number}>}
   */
  async mine(after = '') {
    const query = after ? `?before=${encodeURIComponent(after)}` : '';
    const { files = [], before, usage } = await (await this.#ask(`${this.#place()}${query}`, {})).json();
    const rows = files.map((one) => ({
      token: one.id, name: one.name, type: one.type ?? '', size: one.size ?? 0, width: one.width ?? 0,
      height: one.height ?? 0, time: parseTime(one.time), url: one.url ?? '',
    }));
    return { rows, more: before ?? '', used: usage?.used ?? 0, quota: usage?.quota ?? 0 };
  }

  /** What the account may still upload; {} where the server does not say. */
  async #usage() {
    try {
      const { usage } = await (await this.#ask(`${this.#place()}?limit=1`, {})).json();
      return usage ?? {};
    } catch (error) {
      if (/^40[45]$/.test(error.code) || error instanceof SyntaxError) return {};
      throw error;
    }
  }

  async #ask(address, options) {
    let answer;
    try {
      answer = await this.#network.fetch(address, {
        cache: 'no-store', ...options, headers: this.#headers(), credentials: 'omit', redirect: 'error',
      });
    } catch {
      throw unreachable();
    }
    if (answer.ok) return answer;
    throw problem(answer.status, await answer.text().catch(() => ''), answer.headers.get('Retry-After'));
  }

  #headers() {
    return { Authorization: this.#authorization() };
  }
}

/** @throws {FileError} where a file of so many bytes has no room, by the answer of the server */
function throwIfTooMuch(size, usage, coming) {
  const { used = 0, quota = Infinity, files = 0, files_limit: most = Infinity, file_limit: limit = Infinity } = usage;
  if (size > limit) {
    const [its, allowed] = sizeTexts(size, limit);
    throw new FileError('too-large', `The file has ${its}; the server takes at most ${allowed} in a file.`);
  }
  const left = Math.max(0, quota - used - coming.bytes);
  if (size > left) {
    const [its, free] = sizeTexts(size, left);
    throw outOfSpace(`The file has ${its}; you have ${free} left for files. Remove some of yours, then try again.`);
  }
  if (files + coming.files >= most) {
    throw outOfSpace(`You have ${most} files, and may have no more. Remove some of yours, then try again.`);
  }
}

function outOfSpace(words) {
  const error = new FileError('quota', words);
  error.again = error.space = true;
  return error;
}

/** The name of a file in a header. Spec: RFC 6266, RFC 8187. */
export function disposition(name) {
  const plain = name.replace(/[^ -~]|["\\%]/g, '_');
  const hex = (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`;
  const coded = encodeURIComponent(toWellFormed(name)).replace(/['()*]/g, hex);
  return `attachment; filename="${plain}"; filename*=UTF-8''${coded}`;
}

/** Half a character, which no encoding has, becomes a replacement character. */
function toWellFormed(text) {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

const SENTENCES = {
  401: 'The server no longer knows this browser. Sign out and in again.',
  403: 'You may not send files here.',
  404: 'The file was removed, or you may not see it.',
  410: 'The file was removed.',
  411: 'This browser did not say how large the file is.',
  413: 'The file is too large.',
  415: 'The server takes no files of this type.',
  429: 'That was too much at once.',
  507: 'The server has no space for more files.',
};

/** What a refusal means, and what to do. Spec: RFC 9457. @returns {FileError} */
export function problem(status, text, wait = null) {
  if (status === 0) return unreachable();
  const { detail = '', title = '', code = '' } = object(text);
  const seconds = /^\d{1,6}$/.test(wait ?? '') ? Number(wait) : 0;
  const words = detail || SENTENCES[status] || title || `The server answered with the error ${status}.`;
  const later = seconds > 0 && !detail ? ` Try again in ${seconds} s.` : '';
  const error = new FileError(String(code || status), words + later);
  error.again = status === 408 || status === 429 || status >= 500;
  error.space = status === 507 || /QUOTA/i.test(String(code));
  return error;
}

function unreachable() {
  const error = new FileError('OFFLINE', 'The connection broke off. Try again.');
  error.again = true;
  return error;
}

function object(text) {
  try {
    const found = JSON.parse(text);
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}

/** @returns {Network} */
function realNetwork() {
  return { fetch: (...given) => globalThis.fetch(...given), post: postByXhr };
}

/** An upload that tells its progress: fetch() tells none. @type {Network['post']} */
function postByXhr(url, headers, body, { progress, stopped }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const done = () => resolve({
      status: request.status, header: (name) => request.getResponseHeader(name), text: request.responseText,
    });
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onloadend = done;
    stopped(() => request.abort());
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}
