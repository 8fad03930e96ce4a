/** Everything that the server has of one, as a file. */

import { useAsking } from './asking.js';
import { useHere } from './here.js';
import { html, useState } from './html.js';

export function ExportData() {
  const { client } = useHere();
  const [count, setCount] = useState(0);
  const [done, setDone] = useState('');
  const { busy, trouble, ask } = useAsking();
  const save = () => ask(async () => {
    setCount(0);
    setDone('');
    let lines = 0;
    const data = await client.exportData((progress) => {
      lines = progress.lines;
      setCount(lines);
    });
    const address = URL.createObjectURL(data);
    const link = document.createElement('a');
    link.href = address;
    link.download = `chatstore-${client.state.account}.jsonl`;
    link.click();
    setDone(`${lines} lines are in ${link.download}, where your browser puts downloads.`);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return html`<details class="setting"><summary><h3>My data</h3></summary>
    <p class="hint">Your rooms and conversations, with every message that you may read, as one file.</p>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
    ${done && html`<p class="good" role="status">${done}</p>`}
    <p class="buttons"><button type="button" disabled=${busy} onClick=${save}>${busy ? `Collecting… ${count} lines` : 'Export my data'}</button></p>
  </details>`;
}
