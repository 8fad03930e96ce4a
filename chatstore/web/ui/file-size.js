/** Sizes and types of files, as people say them. */

export { sizeText } from '../irc/sizes.js';

const TYPES = {
  'application/pdf': 'PDF', 'application/zip': 'ZIP archive', 'application/gzip': 'Archive', 'application/x-tar': 'Archive',
  'application/json': 'JSON', 'text/csv': 'Table (CSV)', 'text/html': 'Web page', 'text/plain': 'Text', 'image/svg+xml': 'Drawing (SVG)',
};
const FAMILIES = { image: 'Picture', video: 'Video', audio: 'Sound', text: 'Text', font: 'Font' };

/** What kind of file it is: by its type, or by the ending of its name. */
export function typeText(type, name = '') {
  const known = TYPES[type] ?? FAMILIES[type.split('/')[0]];
  if (known) return known;
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  return ending ? `${ending.toUpperCase()} file` : 'File';
}
