/** Preact with htm templates, in one place. Values in a template are always text, never markup. */

import htm from '../vendor/htm.js';
import { h } from '../vendor/preact.js';

export { Component, Fragment, createContext, createRef, render } from '../vendor/preact.js';
export {
  useContext, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from '../vendor/preact-hooks.js';

export const html = htm.bind(h);

/** Join the class names that are set. @param {...(string | false | null | undefined)} names */
export function classes(...names) {
  return names.filter(Boolean).join(' ');
}
