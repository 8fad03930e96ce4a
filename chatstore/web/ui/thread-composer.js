/** The message field of a thread. What is sent replies to the root, so that others see at once where it belongs. */

import { parseInput } from './commands.js';
import { useApp } from './hooks.js';
import { html, useEffect, useRef, useState } from './html.js';
import { Icon } from './icons.js';
import { sentence } from './message-text.js';

const coarse = () => matchMedia('(pointer: coarse)').matches;

export function ThreadComposer({ buffer, root }) {
  const { client, page } = useApp();
  const kept = `thread.${root}`;
  const [text, setText] = useState(page.drafts.get(kept));
  const [wrong, setWrong] = useState('');
  const field = useRef(null);
  const can = !buffer.room || buffer.joined || buffer.wanted || client.state.connection.status !== 'online';
  useEffect(() => {
    if (!coarse()) field.current.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight + 2}px`;
  }, [text]);
  const change = (now) => {
    setText(now);
    setWrong('');
    page.drafts.set(kept, now);
  };
  const send = async () => {
    const said = text.replace(/\s+$/, '');
    if (said === '' || !can) return;
    const what = parseInput(said);
    const wait = Math.ceil((buffer.waitUntil - Date.now()) / 1000);
    if (what.wrong) setWrong(what.wrong);
    else if (!what.run && wait > 0) setWrong(`Slow mode: you can send in ${wait} s.`);
    else {
      try {
        if (what.run) await what.run({ client, page, at: buffer.name }, what.rest);
        else client.say(buffer.name, what.say, { replyTo: root });
        change('');
      } catch (error) {
        setWrong(sentence(error.message));
      }
      field.current?.focus();
    }
  };
  const pressed = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || coarse()) return;
    event.preventDefault();
    send();
  };
  return html`<form class="composer" onSubmit=${(event) => { event.preventDefault(); send(); }}>
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    <div class="writing">
      <textarea ref=${field} rows="1" value=${text} onInput=${(event) => change(event.currentTarget.value)} onKeyDown=${pressed} dir="auto"
        aria-label="Reply in the thread" placeholder=${can ? 'Reply' : 'You are not in this room'} disabled=${!can}
        enterkeyhint="enter" autocapitalize="sentences"></textarea>
      <button type="submit" class="send" aria-label="Send the reply" title="Send the reply" disabled=${text.trim() === '' || !can}>
        <${Icon} name="send" /></button>
    </div>
  </form>`;
}
