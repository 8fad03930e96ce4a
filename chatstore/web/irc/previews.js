/** What a link leads to, as the server has looked. Spec: docs/extensions.md, chatstore/previews. */

import { parseTags } from './line.js';

/** A picture that the server keeps: the page loads none from anywhere else. */
const IMAGE = /^previews\/[\w-]{1,100}$/;
const LARGEST = 50_000;

/**
 * The preview in the attributes of a line. `url` is '' where the line had no room for it: the message has it.
 * @param {string} words
 * @returns {import('./entries.js').Preview}
 */
export function previewIn(words = '*') {
  const found = parseTags(words === '*' ? '' : words);
  const { url = '', title = '', description = '', site = '', image = '', width, height } = found;
  const size = [width, height].map((one) => (/^\d{1,5}$/.test(one ?? '') ? Math.min(Number(one), LARGEST) : 0));
  return {
    url, title, description, site, image: IMAGE.test(image) ? image : '', width: size[1] && size[0],
    height: size[0] && size[1],
  };
}
