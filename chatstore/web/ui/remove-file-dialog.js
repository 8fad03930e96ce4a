/** Confirms the removal of a file from the server, which cannot be undone. */

import { Dialog } from './dialog.js';
import { useApp, useAsync } from './hooks.js';
import { html } from './html.js';

export function RemoveFileDialog({ file, close }) {
  const { client } = useApp();
  const { busy, error, run } = useAsync();
  const remove = async (event) => {
    event.preventDefault();
    if (await run(() => client.files.remove(file.token))) close();
  };
  return html`<${Dialog} title="Remove this file?" onClose=${close}>
    <form onSubmit=${remove}>
      <p>This removes <b dir="auto">${file.name}</b> from the server for everyone, and you cannot undo it. The message stays.</p>
      ${error && html`<p class="error" role="alert">${error}</p>`}
      <p class="buttons"><button type="submit" class="danger" data-first disabled=${busy}>Remove</button>
        <button type="button" onClick=${close}>Cancel</button></p>
    </form>
  <//>`;
}
