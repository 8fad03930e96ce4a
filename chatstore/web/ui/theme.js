/** The theme: light, dark, or the system's. css/base.css has the colours. */

import { read, write } from './storage.js';

export const THEMES = ['auto', 'light', 'dark'];

export function theme() {
  return read('theme', 'auto');
}

export function setTheme(name) {
  write('theme', name === 'auto' ? '' : name);
  if (name === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}
