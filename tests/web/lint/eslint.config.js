/**
 * What the page's scripts may use: what the browsers named in package.json have. There is no build step and nothing is
 * filled in, so one unknown piece of syntax and the whole page is blank.
 */

import css from '@eslint/css';
import compat from 'eslint-plugin-compat';
import es from 'eslint-plugin-es-x';
import globals from 'globals';

const page = ['**/*.js'];

/** Methods of arrays, too: what they are called on, a linter that knows no types can't tell. */
const ALSO_OF_ARRAYS = Object.keys(es.rules).filter((name) => /^no-iterator-prototype-/.test(name));

export default [
  { ...es.configs['flat/restrict-to-es2022'], files: page, settings: { 'es-x': { aggressive: true } } },
  {
    files: ['**/*.css'],
    plugins: { css },
    language: 'css/css',
    rules: {
      'css/use-baseline': ['error', {
        available: 2022, // what all browsers had at the end of that year: those of package.json
        allowFunctions: [
          'light-dark', // css/older.css gives the light colour to those who don't know it
          'color-mix', // the ground of a face: without it, none
        ],
        // Without these it looks or scrolls a little otherwise, and nothing is missing.
        allowProperties: ['accent-color', 'outline', 'overflow-anchor', 'overscroll-behavior', 'resize', 'text-size-adjust'],
        allowPropertyValues: { 'font-family': ['ui-monospace'] }, // others stand behind it
      }],
    },
  },
  {
    // There is no compiler: a name that is misspelt in one file would only be found by who opens that dialog.
    files: ['irc/*.js', 'ui/*.js'],
    languageOptions: { sourceType: 'module', globals: globals.browser },
    rules: {
      'no-undef': 'error',
      'no-unused-vars': ['error', { args: 'none', varsIgnorePattern: '^_' }],
      'no-ex-assign': 'error',
      'no-use-before-define': ['error', { functions: false, variables: false, classes: false }],
    },
  },
  {
    files: page,
    plugins: { compat, 'es-x': es },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { sourceType: 'module', globals: { self: 'readonly', navigator: 'readonly', document: 'readonly' } },
    settings: {
      // Asked for before they are used: where they are missing, the page does without.
      polyfills: ['Notification', 'navigator.serviceWorker', 'navigator.serviceWorker()', 'trustedTypes', 'Intl.Segmenter'],
    },
    rules: {
      'compat/compat': 'error',
      ...Object.fromEntries(ALSO_OF_ARRAYS.map((name) => [`es-x/${name}`, 'off'])),
      // Of ES2018 and ES2022, but in Safari from 16.4 on only.
      'es-x/no-regexp-lookbehind-assertions': 'error',
      'es-x/no-class-static-block': 'error',
      // Of ES2023, and in all of them.
      'es-x/no-array-prototype-findlast-findlastindex': 'off',
    },
  },
];
