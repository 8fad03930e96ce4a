/**
 * The message field of a conversation, or of a thread in it, where every message replies to the root, so that others see
 * at once where it belongs. Enter sends, Shift-Enter starts a new line, Tab completes, Up brings back sent messages.
 */

import { placeOf } from '../irc/uploads.js';
import { emojiTyped, endings, replaced, spokenLast } from './completion.js';
import { loadEmojis, loadedEmojis } from './emoji.js';
import { Component, createRef, html } from './html.js';
import { Icon, IconButton } from './icons.js';
import { sentence, stripFormatting } from './message-text.js';
import { COMMANDS, parseInput } from './commands.js';
import { takeFiles } from './file-drop.js';
import { isOperator } from './person.js';
import { Tray } from './tray.js';

/** ms without a key after which typing counts as paused. */
const PAUSE = 5_000;
const REMEMBERED = 50;
/** Sent messages since the page was opened, by buffer. @type {Map<string, string[]>} */
const sent = new Map();

const WORDS = {
  conversation: ({ name }) => ({ label: `Message to ${name}`, hint: `Message ${name}`, send: 'Send', attach: 'Attach files' }),
  thread: () => ({ label: 'Reply in the thread', hint: 'Reply', send: 'Send the reply', attach: 'Attach files to the reply' }),
};

/** What the fields of a conversation and of its threads have in common. `thread`: the msgid of the root; '' for none. */
export function composerOf(client, page, buffer, thread = '') {
  const { nick, buffers, connection, features } = client.state;
  // While we rejoin after a reconnect nothing changes: messages wait.
  const can = !buffer.room || buffer.joined || buffer.wanted || connection.status !== 'online';
  const rooms = buffers.filter((one) => one.room).map(({ name }) => name);
  return { client, page, buffer, thread, nick, can, rooms, files: features.files, tray: client.uploads.tray(placeOf(buffer.name, thread)) };
}

export class Composer extends Component {
  field = createRef();
  chooser = createRef();
  /** What comes back into the field after an edit. */
  kept = this.props.page.drafts.get(this.draft);
  state = { text: this.props.editing?.text ?? this.kept, wrong: '', waiting: 0 };
  /** The last text sent here: slow mode may refuse it, then it comes back into the field. */
  said = '';
  back = 0;
  completing = null;

  /** The name of what is typed here, and that of the files. */
  get draft() {
    return this.props.thread ? `thread.${this.props.thread}` : this.props.buffer.name;
  }

  get place() {
    return placeOf(this.props.buffer.name, this.props.thread);
  }

  componentDidMount() {
    this.fit();
    if (!coarse()) this.field.current.focus({ preventScroll: true });
  }

  componentDidUpdate(before, state) {
    if (state.text !== this.state.text) this.fit();
    if (this.props.replyingTo && this.props.replyingTo !== before.replyingTo) this.field.current.focus();
    if (this.props.editing !== before.editing) this.beginEdit(before.editing);
    this.takeBack();
  }

  componentWillUnmount() {
    clearTimeout(this.idle);
    clearInterval(this.countdown);
    this.stopTyping();
  }

  /** Fit the height to the text, up to the limit in css. */
  fit() {
    const field = this.field.current;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  write(text) {
    this.setState({ text, wrong: '' });
    if (!this.props.editing) this.props.page.saveDraft(this.draft, text);
  }

  typed = (event) => {
    this.completing = null;
    this.back = 0;
    const text = event.currentTarget.value;
    this.write(text);
    if (!loadedEmojis() && emojiTyped(text, event.currentTarget.selectionStart)) loadEmojis().catch(() => {});
    clearTimeout(this.idle);
    if (text === '' || text.startsWith('/')) {
      this.stopTyping();
      return;
    }
    this.typing = true;
    this.tell('active');
    this.idle = setTimeout(() => this.tell('paused'), PAUSE);
  };

  tell(how) {
    this.props.client.typing(this.props.buffer.name, how);
  }

  stopTyping() {
    clearTimeout(this.idle);
    if (this.typing) this.tell('done');
    this.typing = false;
  }

  send = async () => {
    const { client, page, buffer, thread, replyingTo } = this.props;
    const replyTo = thread || (replyingTo?.msgid ?? '');
    const text = this.state.text.replace(/\s+$/, '');
    if (text === '' && !this.hasFiles) return;
    if (this.props.editing) {
      await this.sendEdit(text);
      return;
    }
    const what = parseInput(text);
    if (what.wrong) {
      this.setState({ wrong: what.wrong });
      return;
    }
    if (!what.run && this.hasToWait()) return;
    try {
      if (what.run) await what.run({ client, page, at: buffer.name }, what.rest);
      else if (this.hasFiles) client.uploads.post(this.place, what.say, { replyTo });
      else client.say(buffer.name, what.say, { replyTo });
    } catch (error) {
      this.setState({ wrong: sentence(error.message) });
      return;
    }
    const before = sent.get(this.place) ?? [];
    if (text !== '') sent.set(this.place, [...before, text].slice(-REMEMBERED));
    this.said = what.run ? '' : what.say;
    clearTimeout(this.idle);
    this.typing = false;
    this.back = 0;
    this.write('');
    if (!thread) page.endReply(buffer.name);
    this.props.onSent?.();
    this.field.current?.focus();
  };

  /** Put the message that is edited into the field, and afterwards what was there before. */
  beginEdit(before) {
    const { editing } = this.props;
    if (editing && !before) this.kept = this.state.text;
    this.setState({ text: editing ? editing.text : this.kept, wrong: '' });
    this.field.current?.focus();
  }

  /** Send the new text of a message. */
  async sendEdit(text) {
    const { client, page, buffer, editing } = this.props;
    try {
      if (text !== editing.text) await client.edit(buffer.name, editing.msgid, text);
      page.endEdit(buffer.name);
    } catch (error) {
      this.setState({ wrong: sentence(error.message) });
    }
  }

  /** Whether the tray has files to send that no message waits for yet. */
  get hasFiles() {
    const { items, post } = this.props.tray;
    return post === null && items.some(({ status }) => status !== 'failed');
  }

  chosen = (event) => {
    const { client, page, thread } = this.props;
    takeFiles(client, page, [...event.currentTarget.files], thread);
    event.currentTarget.value = ''; // the same file can be chosen again
    this.field.current?.focus();
  };

  /** Put the text of a message that waits for its files back into the field. */
  recalled = (text) => {
    this.write([text, this.state.text].filter(Boolean).join('\n'));
    this.field.current?.focus();
  };

  /** Returns whether slow mode makes us wait; then the text stays and the seconds are counted down. */
  hasToWait() {
    clearInterval(this.countdown);
    const count = () => {
      const waiting = Math.max(0, Math.ceil((this.props.buffer.waitUntil - Date.now()) / 1000));
      if (waiting === 0) clearInterval(this.countdown);
      this.setState({ waiting });
      return waiting > 0;
    };
    if (!count()) return false;
    this.countdown = setInterval(count, 1000);
    return true;
  }

  /** Put a message that slow mode refused back into the field, unless the person is writing something else. */
  takeBack() {
    const { client, page, buffer, thread } = this.props;
    if (!this.said || this.state.text !== '' || !(buffer.waitUntil > Date.now())) return;
    const refused = buffer.entries.find((one) => one.own && one.failed && one.text === this.said);
    if (refused === undefined) return;
    this.said = '';
    client.discard(buffer.name, refused.key);
    this.write(refused.text);
    const answered = !thread && refused.replyTo && buffer.entries.find((one) => one.msgid === refused.replyTo && one.kind !== 'gap');
    if (answered) page.startReply(buffer.name, answered);
    this.hasToWait();
  }

  pressed = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !coarse()) {
      event.preventDefault();
      this.send();
    } else if (event.key === 'Tab' && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      if (this.complete()) event.preventDefault();
    } else if (event.key === 'ArrowUp' && !event.altKey) {
      if (this.recall(1)) event.preventDefault();
    } else if (event.key === 'ArrowDown' && !event.altKey) {
      if (this.recall(-1)) event.preventDefault();
    } else if (event.key === 'Escape' && this.props.editing) {
      event.stopPropagation();
      this.props.page.endEdit(this.props.buffer.name);
    } else if (event.key === 'Escape' && this.props.replyingTo) {
      event.stopPropagation();
      this.props.page.endReply(this.props.buffer.name);
    }
  };

  /** Complete the word. Returns whether there was a match; otherwise Tab moves the focus as usual. */
  complete() {
    const { buffer, rooms, nick } = this.props;
    const { text } = this.state;
    const field = this.field.current;
    if (!loadedEmojis() && emojiTyped(text, field.selectionStart)) {
      loadEmojis().then(() => { if (this.state.text === text) this.complete(); }, this.props.page.showError);
      return true;
    }
    if (this.completing === null) {
      const nicks = spokenLast(buffer).filter((one) => one !== nick);
      const commands = Object.keys(COMMANDS);
      const found = endings(text, field.selectionStart, { nicks, rooms, commands, emojis: loadedEmojis() ?? [], leads: buffer.room && isOperator(buffer.myPrefix) });
      if (found.endings.length === 0) return false;
      this.completing = { ...found, at: 0, end: field.selectionStart };
    } else {
      this.completing.at = (this.completing.at + 1) % this.completing.endings.length;
    }
    const { start, end, at } = this.completing;
    const now = replaced(text, start, end, this.completing.endings[at]);
    this.completing.end = now.cursor;
    this.write(now.text);
    field.value = now.text;
    field.setSelectionRange(now.cursor, now.cursor);
    return true;
  }

  /** Up in an empty field brings back the last sent text, Up again the one before it. */
  recall(step) {
    const before = sent.get(this.place) ?? [];
    const back = this.back + step;
    if ((this.back === 0 && this.state.text !== '') || back < 0 || back > before.length) return false;
    if (this.back > 0 && this.state.text !== before[before.length - this.back]) return false;
    this.back = back;
    this.write(back === 0 ? '' : before[before.length - back]);
    return true;
  }

  render({ buffer, thread, replyingTo, editing, page, can, slowMode, files }, { text, wrong, waiting }) {
    const words = WORDS[thread ? 'thread' : 'conversation'](buffer);
    return html`<form class="composer" onSubmit=${(event) => { event.preventDefault(); this.send(); }}>
      ${replyingTo && html`<div class="replying">
        <span>Replying to <b>${replyingTo.nick}</b>: <span dir="auto">${stripFormatting(replyingTo.text).replace(/\s+/g, ' ').slice(0, 120)}</span></span>
        <${IconButton} icon="close" label="Cancel reply" onClick=${() => page.endReply(buffer.name)} />
      </div>`}
      ${editing && html`<div class="replying"><span>Editing your message</span>
        <${IconButton} icon="close" label="Cancel the edit" onClick=${() => page.endEdit(buffer.name)} /></div>`}
      ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
      ${waiting > 0 ? html`<p class="slow-mode" role="status">Slow mode: you can send in ${waiting} s.</p>`
        : slowMode && html`<p class="slow-mode">${slowMode}</p>`}
      <${Tray} target=${this.place} onRecall=${this.recalled} />
      <div class="writing">
        ${files && html`<input ref=${this.chooser} class="visually-hidden" type="file" name="files" multiple tabindex="-1" aria-hidden="true" onChange=${this.chosen} />
          <${IconButton} icon="attach" label=${words.attach} disabled=${!can} onClick=${() => this.chooser.current.click()} />`}
        <textarea ref=${this.field} rows="1" value=${text} onInput=${this.typed} onKeyDown=${this.pressed} dir="auto"
          aria-label=${words.label} placeholder=${can ? words.hint : 'You are not in this room'}
          disabled=${!can} enterkeyhint="enter" autocapitalize="sentences"></textarea>
        <button type="submit" class="send" aria-label=${words.send} title=${words.send} disabled=${(text.trim() === '' && !this.hasFiles) || !can}>
          <${Icon} name="send" /></button>
      </div>
    </form>`;
  }
}

/** On a touch screen Enter starts a new line, and the button sends. */
function coarse() {
  return matchMedia('(pointer: coarse)').matches;
}
