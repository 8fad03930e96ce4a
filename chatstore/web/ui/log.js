/**
 * The conversation itself: its rows, in a box that is scrolled. It asks for older messages as one comes near the
 * beginning, keeps the place when they arrive, follows the end while one is there, and says what is read.
 */

import { fold } from '../irc/names.js';
import { END, around, drawn, earlier, held, later } from './drawn.js';
import { Component, createRef, html } from './html.js';
import { Icon } from './icons.js';
import { Message } from './message.js';
import { operates } from './person.js';
import { atEnd, keepPlace, keptPlace, placeIn, restore, rowOf } from './place.js';
import { DayRow, EventsRow, GapRow, UnreadRow } from './quiet-rows.js';
import { rowsOf } from './rows.js';

/** A scroll up of fewer px while the end is in sight is the browser's own: rows change by a little when they are stored. */
const JITTER = 8;

/** This far from an edge, in px, the next stretch is drawn or asked for. */
const AHEAD = 900;

/** `itself`: a ref that the log puts itself into; Preact gives a component's `ref` to no class. */
export class Log extends Component {
  state = { stretch: END, active: '', flash: '', loading: false, trouble: '', below: 0 };
  box = createRef();
  /** Whether the end is in sight, and is to stay there. */
  following = true;
  place = null;
  shape = '';
  top = 0;
  unread = '';
  jumped = 0;

  componentDidMount() {
    this.props.itself.current = this;
    this.unread = this.props.conversation.firstUnread;
    this.sizes = new ResizeObserver(() => this.settle());
    this.sizes.observe(this.box.current);
    this.seen = () => this.read();
    this.gone = () => keepPlace(this.props.conversation.name, this.following ? null : this.place);
    globalThis.addEventListener('pagehide', this.gone);
    document.addEventListener('visibilitychange', this.seen);
    globalThis.addEventListener('focus', this.seen);
    this.returning = keptPlace(this.props.conversation.name);
    if (this.unread && !this.returning) this.setState({ stretch: around(this.props.conversation.entries, this.unread) });
    this.toUnread = Boolean(this.unread) && !this.returning;
    this.componentDidUpdate();
  }

  componentWillUnmount() {
    if (this.props.itself.current === this) this.props.itself.current = null;
    this.sizes.disconnect();
    globalThis.removeEventListener('pagehide', this.gone);
    document.removeEventListener('visibilitychange', this.seen);
    globalThis.removeEventListener('focus', this.seen);
  }

  componentDidUpdate() {
    this.settle();
    const { jump, conversation } = this.props;
    if (jump && jump.number !== this.jumped && fold(jump.name) === fold(conversation.name)) {
      this.jumped = jump.number;
      this.goTo(jump.msgid);
    }
    this.seek();
    this.comeBack();
    this.read();
    this.more();
  }

  /** After every change of what is drawn: put the place back. */
  settle() {
    const box = this.box.current;
    if (!box) return;
    const unread = this.toUnread && rowOf(box, 'unread');
    if (unread) {
      this.toUnread = false;
      box.scrollTop += unread.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 4;
      this.scrolled();
    } else if (this.target && rowOf(box, this.target)) {
      const row = rowOf(box, this.target);
      this.target = '';
      row.scrollIntoView({ block: 'center' });
      row.focus({ preventScroll: true });
      this.scrolled();
    } else if (this.returning && restore(box, this.returning)) {
      this.returning = null;
      this.following = false;
      this.scrolled();
    } else if (this.shape !== shapeOf(box)) {
      // Only when something has moved: whoever is just scrolling is not to be pulled back.
      if (this.following && this.state.stretch.last === '') box.scrollTop = box.scrollHeight;
      else restore(box, this.place);
    }
    this.shape = shapeOf(box);
    this.top = box.scrollTop;
  }

  scrolled = () => {
    const box = this.box.current;
    const { entries } = this.props.conversation;
    const up = box.scrollTop < this.top - JITTER && this.shape === shapeOf(box);
    this.top = box.scrollTop;
    this.place = placeIn(box);
    this.following = !up && atEnd(box) && this.state.stretch.last === '';
    if (this.following) {
      if (this.state.below) this.setState({ below: 0 });
      this.read();
    } else if (this.state.stretch === END) {
      this.setState({ stretch: held(entries, END) });
    }
    if (this.away !== !this.following) {
      this.away = !this.following;
      this.setState({});
    }
    this.more();
  };

  /** Draw further, or have older ones fetched, where an edge is near. */
  more() {
    const box = this.box.current;
    const { conversation } = this.props;
    const { from, to } = drawn(conversation.entries, this.state.stretch);
    if (box.scrollTop < AHEAD && !this.target) {
      if (from > 0 && !(this.following && box.scrollHeight > box.clientHeight + AHEAD)) {
        this.place = placeIn(box);
        this.setState({ stretch: earlier(conversation.entries, this.state.stretch) });
      } else if (from === 0 && !conversation.complete && conversation.entries.length > 0) this.older();
    }
    if (box.scrollHeight - box.scrollTop - box.clientHeight < AHEAD && to < conversation.entries.length) {
      this.place = placeIn(box);
      this.setState({ stretch: later(conversation.entries, this.state.stretch) });
    }
  }

  async older() {
    if (this.state.loading || this.state.trouble || !this.props.online) return;
    this.setState({ loading: true });
    try {
      await this.props.client.older(this.props.conversation.name);
      this.setState({ loading: false });
    } catch (error) {
      this.setState({ loading: false, trouble: error.message || 'The server did not answer.' });
    }
  }

  /** Say that all is read, when it is: the end in sight of somebody. */
  read() {
    const { client, conversation } = this.props;
    if (!this.following || document.visibilityState !== 'visible' || !document.hasFocus()) return;
    if (conversation.unread > 0) client.markRead(conversation.name);
  }

  async goTo(msgid) {
    const { client, conversation, page } = this.props;
    if (!conversation.entries.some((one) => one.msgid === msgid && one.kind !== 'gap')) {
      try {
        await client.around(conversation.name, msgid);
      } catch (error) {
        page.failed(error);
        return;
      }
    }
    // What has just come is told to the page a moment later: ask for the state as it is now.
    const { entries } = client.state.conversations.find((one) => one.key === conversation.key) ?? conversation;
    const entry = entries.find((one) => one.msgid === msgid && one.kind !== 'gap');
    if (!entry) {
      page.say('That message is not there any more.');
      return;
    }
    this.seeking = entry.key;
    this.seek();
  }

  /** After a reload: draw the part where one was, once it is here. */
  comeBack() {
    const { entries } = this.props.conversation;
    const key = this.returning?.key;
    if (!key || !entries.some((one) => one.key === key)) return;
    this.setState({ stretch: around(entries, key) });
  }

  /** Go to the entry that is sought, once it is among those that we were given. */
  seek() {
    const { entries } = this.props.conversation;
    const key = this.seeking;
    if (!key || !entries.some((one) => one.key === key)) return;
    this.seeking = '';
    this.following = false;
    this.target = key;
    this.setState({ stretch: around(entries, key), active: key, flash: key });
  }

  toEnd = () => {
    this.following = true;
    this.away = false;
    this.shape = '';
    this.setState({ stretch: END });
  };

  /** The keys of a list of messages: up and down, and what one can do with the one that has the focus. */
  pressed = (event) => {
    const row = event.target.closest?.('.row.said');
    if (event.target !== row && event.target !== this.box.current) return;
    const rows = [...this.box.current.querySelectorAll('.row.said')];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step && !event.altKey) {
      event.preventDefault();
      const next = rows[row ? rows.indexOf(row) + step : rows.length - 1];
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'End') {
      event.preventDefault();
      this.toEnd();
    } else if (event.key === 'r' && row && !event.ctrlKey && !event.metaKey) {
      const entry = this.props.conversation.entries.find((one) => one.key === row.dataset.key);
      if (entry?.msgid) this.props.does.reply(entry);
      event.preventDefault();
    }
  };

  /** The row under the pointer, the finger or the focus shows what can be done with it. */
  activate = (event) => {
    if (event.type === 'mouseover' && matchMedia('(hover: none)').matches) return; // made up by the browser after a touch
    const key = event.target.closest?.('.row')?.dataset.key ?? '';
    if (key && key !== this.state.active) this.setState({ active: key });
  };

  leave = (event) => {
    if (!this.box.current.contains(event.relatedTarget) && this.state.active) this.setState({ active: '' });
  };

  render({ conversation, client, nick, does, online }, { stretch, active, flash, loading, trouble }) {
    const { entries } = conversation;
    const { from, to } = drawn(entries, stretch);
    if (conversation.firstUnread && !(this.following && document.hasFocus())) this.unread = conversation.firstUnread;
    const rows = rowsOf(entries.slice(from, to), this.unread, entries[from - 1]);
    const may = { redact: operates(conversation.myPrefix) };
    const answered = answeredBy(entries, from, to);
    return html`<div class="log-frame">
      <div class="log" ref=${this.box} role="log" aria-live="off" aria-label=${`Messages of ${conversation.name}`}
        tabindex="0" onScroll=${this.scrolled} onKeyDown=${this.pressed} onMouseOver=${this.activate}
        onFocusIn=${this.activate} onMouseLeave=${this.leave} onClick=${this.activate}>
        <div class="log-rows">
          <${Beginning} conversation=${conversation} whole=${from === 0} loading=${loading} trouble=${trouble}
            onAgain=${() => this.setState({ trouble: '' }, () => this.older())} />
          ${rows.map((row) => {
            if (row.kind === 'day') return html`<${DayRow} key=${row.key} row=${row} />`;
            if (row.kind === 'unread') return html`<${UnreadRow} key="unread" />`;
            if (row.kind === 'gap') {
              return html`<${GapRow} key=${row.key} row=${row} onFill=${() => client.older(conversation.name, row.key)} />`;
            }
            if (row.kind === 'events') return html`<${EventsRow} key=${row.key} row=${row} />`;
            return html`<${Message} key=${row.key} entry=${row.entry} begins=${row.begins} nick=${nick} may=${may}
              active=${active === row.key} flash=${flash === row.key} does=${does}
              answered=${row.entry.replyTo ? answered.get(row.entry.replyTo) : undefined} />`;
          })}
        </div>
      </div>
      ${this.away && html`<button type="button" class="to-end" onClick=${this.toEnd}>
        <${Icon} name="down" /> ${conversation.unread ? `${conversation.unread} new` : 'Latest'}</button>`}
      ${!online && entries.length === 0 && html`<p class="empty">Nothing of this conversation is kept here.</p>`}
    </div>`;
  }
}

/** By msgid: the messages that those which are drawn answer, as far as they are here. */
function answeredBy(entries, from, to) {
  const wanted = new Set(entries.slice(from, to).map((one) => one.replyTo).filter(Boolean));
  const found = new Map();
  if (wanted.size > 0) for (const one of entries) if (wanted.has(one.msgid) && one.kind !== 'gap') found.set(one.msgid, one);
  return found;
}

/** What is another one when rows came, went, or are laid out anew. */
function shapeOf(box) {
  return `${box.scrollHeight} ${box.clientHeight} ${box.querySelector('[data-key]')?.dataset.key}`;
}

function Beginning({ conversation, whole, loading, trouble, onAgain }) {
  if (trouble) {
    return html`<p class="beginning">${trouble} <button type="button" class="link" onClick=${onAgain}>Try again</button></p>`;
  }
  if (loading || !whole || !conversation.complete) return html`<p class="beginning">${loading ? 'Loading older messages…' : ' '}</p>`;
  return html`<p class="beginning">${conversation.room ? `This is the beginning of ${conversation.name}.`
    : `This is the beginning of your messages with ${conversation.name}.`}</p>`;
}
