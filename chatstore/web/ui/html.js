/** Preact and htm in one place: the templates of all components. Text in them is always text, never markup. */

import htm from '../vendor/htm.js';
import { h } from '../vendor/preact.js';

export { Component, Fragment, createContext, createRef, render } from '../vendor/preact.js';
export {
  useContext, useEffect, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from '../vendor/preact-hooks.js';

export const html = htm.bind(h);

/** The class names that are on. @param {...(string | false | null | undefined)} names */
export function classes(...names) {
  return names.filter(Boolean).join(' ');
}
