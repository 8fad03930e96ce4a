/** Line icons on a 20 px square. They are hidden from screen readers: their buttons have labels. */

import { html } from './html.js';

const PATHS = {
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  close: 'M5 5l10 10M15 5L5 15',
  people: 'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c.5-3 2.6-4.5 5.5-4.5s5 1.5 5.5 4.5M13 4a2.7 2.7 0 0 1 0 5.2M15 12.3c1.7.6 2.7 2 3 4.2',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17.5 17.5',
  settings: 'M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4',
  plus: 'M10 4v12M4 10h12',
  send: 'M3 10L17 3.5 12.5 17 9.5 11.5zM9.5 11.5L17 3.5',
  reply: 'M8 5L3.5 9.5 8 14M4 9.5h7c3.5 0 5.5 2 5.5 5.5',
  thread: 'M3 4h11v8H7.5L4.5 14.5V12H3zM16.5 8v8.5L14 14.5H9.5',
  react: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.3 8.2v.1M12.7 8.2v.1M6.8 11.5c1.5 2.7 4.9 2.7 6.4 0',
  remove: 'M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.7 11h7.6l.7-11',
  down: 'M10 4v12M5 11l5 5 5-5',
  person: 'M10 10a3.3 3.3 0 1 0 0-6.6A3.3 3.3 0 0 0 10 10zM3.5 17c.6-3.2 3-5 6.5-5s5.9 1.8 6.5 5',
  star: 'M10 3l2.1 4.6 5 .6-3.7 3.4 1 4.9L10 14l-4.4 2.5 1-4.9L2.9 8.2l5-.6z',
  starred: 'M10 3l2.1 4.6 5 .6-3.7 3.4 1 4.9L10 14l-4.4 2.5 1-4.9L2.9 8.2l5-.6z',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  flag: 'M5 17.5V3M5 4h9.5l-2 3.2 2 3.3H5',
  shield: 'M10 2.8l6 2.2v4.5c0 3.8-2.4 6.5-6 7.8-3.6-1.3-6-4-6-7.8V5z',
  edit: 'M4 16l.8-3.6L13.2 4a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3L7.6 15.2zM11.8 5.4l2.8 2.8',
  pin: 'M7.5 3h5l-.6 5 2.6 2.6H5.5L8.1 8zM10 10.6V17',
  attach: 'M15.5 9.5l-5.8 5.8a3.6 3.6 0 0 1-5.1-5.1l6.3-6.3a2.4 2.4 0 0 1 3.4 3.4l-6.2 6.2a1.2 1.2 0 0 1-1.7-1.7l5.5-5.5',
  download: 'M10 3.5v9M6 9l4 4 4-4M4 16.5h12',
  file: 'M5 2.8h6.5L15 6.5v10.7H5zM11.2 3v3.8H15',
  left: 'M12.5 4L6.5 10l6 6',
  right: 'M7.5 4l6 6-6 6',
  larger: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17.5 17.5M6.5 9h5M9 6.5v5',
  smaller: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17.5 17.5M6.5 9h5',
  bell: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.3 1.5H3.7zM8.3 17h3.4',
  muted: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.3 1.5H3.7zM8.3 17h3.4M3 3l14 14',
  link: 'M8.5 11.5a3 3 0 0 0 4.3 0l2.8-2.8a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.8 2.8a3 3 0 0 0 4.3 4.3l1-1',
  again: 'M16 10a6 6 0 1 1-2-4.5M14.5 2.5v3.3h-3.3',
};

export function Icon({ name }) {
  return html`<svg class=${name === 'starred' ? 'icon filled' : 'icon'} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>`;
}

/** An icon button with a label for screen readers and as a tooltip. */
export function IconButton({ icon, label, ...more }) {
  return html`<button type="button" class="icon-button" aria-label=${label} title=${label} ...${more}>
    <${Icon} name=${icon} />
  </button>`;
}
