/** The dialog with all keys and commands. */

import { Dialog } from './dialog.js';
import { html } from './html.js';
import { SHORTCUTS } from './shortcuts.js';
import { COMMANDS } from './commands.js';

export function HelpDialog({ close }) {
  return html`<${Dialog} title="Keys and commands" onClose=${close} wide>
    <h3>Keys</h3>
    <dl class="help">${SHORTCUTS.map(([keys, what]) => html`<div key=${keys}><dt><kbd>${keys}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <h3>Commands</h3>
    <dl class="help">${Object.entries(COMMANDS).map(([name, [more, what]]) => html`<div key=${name}>
      <dt><code>/${name} ${more}</code></dt><dd>${what}</dd></div>`)}</dl>
    <p class="hint">Start a message with // to send a slash. Put text between backticks to show it as code.</p>
  <//>`;
}
