/** The search panel: words, sender, in one conversation or all. A result leads to its message. */

import { displayText, sentence } from './message-text.js';
import { shortTime } from './time-format.js';
import { highlight } from './highlight.js';
import { useApp } from './hooks.js';
import { html, useEffect, useRef, useState } from './html.js';
import { IconButton } from './icons.js';
import { HiddenWords } from './ignored.js';
import { Mark } from './mark.js';
import { colourOf } from './person.js';

export function SearchPanel({ buffer }) {
  const { client, page } = useApp();
  const [words, setWords] = useState(page.searched ?? '');
  const [from, setFrom] = useState('');
  const [everywhere, setEverywhere] = useState(!buffer);
  const [found, setFound] = useState(null);
  const [asking, setAsking] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const field = useRef(null);
  const asked = useRef(0);

  const search = async () => {
    if (!words.trim() && !from.trim()) return;
    asked.current += 1;
    const number = asked.current;
    setBusy(true);
    setError('');
    try {
      const results = await client.search({
        text: words.trim(), ...(from.trim() && { from: from.trim() }), ...(!everywhere && buffer && { target: buffer.name }),
      });
      if (number === asked.current) setAsking(words);
      if (number === asked.current) setFound([...results].sort((one, other) => other.time - one.time));
    } catch (error) {
      if (number === asked.current) setError(sentence(error.message));
    }
    if (number === asked.current) setBusy(false);
  };
  useEffect(() => {
    field.current?.focus();
    if (page.searched) {
      page.searched = '';
      search();
    }
  }, []);
  return html`<aside class="side-panel search" aria-label="Search">
    <div class="panel-head"><h2>Search</h2>
      <${IconButton} icon="close" label="Close search" onClick=${() => page.toggle('search')} /></div>
    <form role="search" onSubmit=${(event) => { event.preventDefault(); search(); }}>
      <label>Words <input ref=${field} type="search" name="words" value=${words} onInput=${(event) => setWords(event.currentTarget.value)} /></label>
      <label>From <input name="from" value=${from} placeholder="anyone" autocapitalize="none" spellcheck=${false}
        onInput=${(event) => setFrom(event.currentTarget.value)} /></label>
      ${buffer && html`<label class="check"><input type="checkbox" checked=${everywhere}
        onChange=${(event) => setEverywhere(event.currentTarget.checked)} /> Search all rooms and conversations</label>`}
      <button type="submit" class="main-button" disabled=${busy}>${busy ? 'Searching…' : 'Search'}</button>
    </form>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    ${found && html`<p class="hint" role="status">${found.length === 0 ? 'No messages found.'
      : `${found.length} ${found.length === 1 ? 'message' : 'messages'}, newest first`}</p>
      <ol class="results">${found.map((entry) => html`<li key=${entry.key || entry.msgid}><${HiddenWords} entry=${entry} only=${client.isIgnored(entry)}>
        <button type="button" onClick=${() => page.goTo(entry.target, entry.msgid)}>
          <span class="result-head"><b data-colour=${colourOf(entry.nick)}>${entry.nick}</b><${Mark} ...${entry} /> <span dir="auto">${entry.target}</span>
            <time datetime=${new Date(entry.time).toISOString()}>${shortTime(entry.time)}</time></span>
          <span class="result-text" dir="auto">${highlight(displayText(entry.text), asking).map(([piece, hit]) => (hit ? html`<mark>${piece}</mark>` : piece))}</span></button><//></li>`)}</ol>`}
  </aside>`;
}
