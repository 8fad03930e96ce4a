/**
 * The conversation itself: its rows, in a box that is scrolled. It asks for older messages as one comes near the
 * beginning, keeps the place when they arrive, follows the end while one is there, and says what is read.
 */

import { fold } from '../irc/names.js';
import { blocksOf } from './blocks.js';
import { AHEAD, END, FAR, around, drawn, held, moved } from './drawn.js';
import { Component, createRef, html } from './html.js';
import { Icon } from './icons.js';
import { Message } from './message.js';
import { operates } from './person.js';
import { atEnd, keepPlace, keptPlace, placeIn, restore, rowOf, sightOf } from './place.js';
import { DayRow, EventsRow, GapRow, UnreadRow } from './quiet-rows.js';
import { rowsOf } from './rows.js';

/** A scroll up of fewer px while the end is in sight is the browser's own: rows change by a little when they are stored. */
const JITTER = 8;

/** Lines of a page of the past; and of the next one, where the last brought nothing to draw. */
const PAGE = 50;
const LARGE = 1000;

/** So many pages in a row may bring nothing to draw; then the person is asked whether to go on. */
const MOST_BARREN = 20;

/** `itself`: a ref that the log puts itself into; Preact gives a component's `ref` to no class. */
export class Log extends Component {
  state = { stretch: END, active: '', flash: '', loading: false, trouble: '', paused: false, below: 0 };
  box = createRef();
  /** Whether the end is in sight, and is to stay there. */
  following = true;
  place = null;
  shape = '';
  top = 0;
  unread = '';
  jumped = 0;
  /** Pages in a row that brought nothing to draw. */
  barren = 0;

  componentDidMount() {
    this.props.itself.current = this;
    this.unread = this.props.conversation.firstUnread;
    this.sizes = new ResizeObserver(() => {
      this.settle();
      this.more();
    });
    this.sizes.observe(this.box.current);
    this.seen = () => this.read();
    this.gone = () => keepPlace(this.props.conversation.name, this.following ? null : this.place);
    globalThis.addEventListener('pagehide', this.gone);
    document.addEventListener('visibilitychange', this.seen);
    globalThis.addEventListener('focus', this.seen);
    this.returning = keptPlace(this.props.conversation.name);
    if (this.unread && !this.returning) this.setState({ stretch: around(this.blocks, this.unread) });
    this.toUnread = Boolean(this.unread) && !this.returning;
    this.componentDidUpdate();
  }

  get blocks() {
    return blocksOf(this.props.conversation.entries);
  }

  componentWillUnmount() {
    this.over = true;
    if (this.props.itself.current === this) this.props.itself.current = null;
    this.sizes.disconnect();
    globalThis.removeEventListener('pagehide', this.gone);
    document.removeEventListener('visibilitychange', this.seen);
    globalThis.removeEventListener('focus', this.seen);
  }

  componentDidUpdate(before) {
    if (before && this.props.online && !before.online && this.state.trouble) this.setState({ trouble: '' });
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
    } else if (this.target && this.row(this.target)) {
      const row = this.row(this.target);
      this.target = '';
      row.scrollIntoView({ block: 'center' });
      row.focus({ preventScroll: true });
      this.scrolled();
    } else if (this.returning && this.restore(this.returning)) {
      this.returning = null;
      this.following = false;
      this.scrolled();
    } else if (this.shape !== shapeOf(box)) {
      // Only when something has moved: whoever is just scrolling is not to be pulled back.
      if (this.following && this.state.stretch.last === '') box.scrollTop = box.scrollHeight;
      else this.restore(this.place);
    }
    this.shape = shapeOf(box);
    this.top = box.scrollTop;
  }

  /** The row with this entry: of what came and went, several stand in one. */
  row(key) {
    return rowOf(this.box.current, this.blocks.keyOf(key) || key);
  }

  restore(place) {
    return restore(this.box.current, place && { ...place, key: this.blocks.keyOf(place.key) || place.key });
  }

  scrolled = () => {
    const box = this.box.current;
    const up = box.scrollTop < this.top - JITTER && this.shape === shapeOf(box);
    this.top = box.scrollTop;
    this.place = placeIn(box);
    this.following = !up && atEnd(box) && this.state.stretch.last === '';
    if (this.following) {
      if (this.state.below) this.setState({ below: 0 });
      this.read();
    } else if (this.state.stretch === END) {
      this.setState({ stretch: held(this.blocks, END) });
    }
    if (this.away !== !this.following) {
      this.away = !this.following;
      this.setState({});
    }
    this.more();
  };

  /** Draw further, or have older ones fetched, where an edge is near. Why this ends: see drawn.js. */
  more() {
    const box = this.box.current;
    if (!box || box.clientHeight === 0) return; // not in sight, so nothing is near to it
    const { conversation } = this.props;
    const { blocks } = this;
    const sight = sightOf(box, FAR);
    // While the end is followed the box stands there in a moment, if not yet.
    if (this.following) sight.above = box.scrollHeight - box.clientHeight;
    if (this.target) sight.above = Infinity;
    const next = moved(blocks, this.state.stretch, sight);
    if (next !== null) {
      this.place = placeIn(box);
      this.setState({ stretch: next });
    } else if (sight.above < AHEAD && drawn(blocks, this.state.stretch).from === 0 && !conversation.complete) {
      this.older();
    }
  }

  /**
   * Fetch a page of the past. One that has nothing to draw (reactions, more of those who come and go) is followed by
   * another: each begins before the last one, and there are only so many.
   */
  async older() {
    const { client, conversation, online } = this.props;
    if (this.loading || this.state.trouble || this.state.paused || !online) return;
    this.loading = true;
    this.setState({ loading: true });
    const before = this.blocks.length;
    let trouble = '';
    try {
      const { moved: further, complete } = await client.older(conversation.name, '', this.barren > 0 ? LARGE : PAGE);
      if (!further && !complete) trouble = 'The server gives nothing older.';
    } catch (error) {
      trouble = error.message || 'The server did not answer.';
    }
    this.loading = false;
    if (this.over) return;
    const now = client.state.conversations.find((one) => one.key === conversation.key) ?? conversation;
    this.barren = blocksOf(now.entries).length > before ? 0 : this.barren + 1;
    this.setState({ loading: false, trouble, paused: this.barren >= MOST_BARREN && !now.complete });
  }

  goOn = () => {
    this.barren = 1;
    this.setState({ trouble: '', paused: false }, () => this.older());
  };

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
    const key = this.returning?.key;
    if (!key || this.blocks.place(key) < 0 || this.row(key)) return;
    this.setState({ stretch: around(this.blocks, key) });
  }

  /** Go to the entry that is sought, once it is among those that we were given. */
  seek() {
    const key = this.seeking;
    if (!key || this.blocks.place(key) < 0) return;
    this.seeking = '';
    this.following = false;
    this.target = key;
    this.setState({ stretch: around(this.blocks, key), active: key, flash: key });
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

  render({ conversation, client, nick, does, online }, { stretch, active, flash, loading, trouble, paused }) {
    const { entries } = conversation;
    const { blocks } = this;
    const { from, to } = drawn(blocks, stretch);
    if (conversation.firstUnread && !(this.following && document.hasFocus())) this.unread = conversation.firstUnread;
    const rows = rowsOf(blocks.list.slice(from, to), this.unread, blocks.list[from - 1]?.entries.at(-1));
    const may = { redact: operates(conversation.myPrefix) };
    const answered = answeredBy(entries, blocks.entries(from, to));
    return html`<div class="log-frame">
      <div class="log" ref=${this.box} role="log" aria-live="off" aria-label=${`Messages of ${conversation.name}`}
        tabindex="0" onScroll=${this.scrolled} onKeyDown=${this.pressed} onMouseOver=${this.activate}
        onFocusIn=${this.activate} onMouseLeave=${this.leave} onClick=${this.activate}>
        <div class="log-rows">
          <${Beginning} conversation=${conversation} whole=${from === 0} loading=${loading} trouble=${trouble}
            paused=${paused} onAgain=${this.goOn} />
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
function answeredBy(entries, shown) {
  const wanted = new Set(shown.map((one) => one.replyTo).filter(Boolean));
  const found = new Map();
  if (wanted.size > 0) for (const one of entries) if (wanted.has(one.msgid) && one.kind !== 'gap') found.set(one.msgid, one);
  return found;
}

/** What is another one when rows came, went, or are laid out anew. */
function shapeOf(box) {
  return `${box.scrollHeight} ${box.clientHeight} ${box.querySelector('[data-key]')?.dataset.key}`;
}

function Beginning({ conversation, whole, loading, trouble, paused, onAgain }) {
  if (trouble) {
    return html`<p class="beginning">${trouble} <button type="button" class="link" onClick=${onAgain}>Try again</button></p>`;
  }
  if (paused && whole) {
    return html`<p class="beginning"><button type="button" class="link" onClick=${onAgain}>Look for older messages</button></p>`;
  }
  if (conversation.nobody) return html`<p class="beginning" role="status">Nobody here has the name ${conversation.name}.</p>`;
  if (loading || !whole || !conversation.complete) return html`<p class="beginning">${loading ? 'Loading older messages…' : ' '}</p>`;
  return html`<p class="beginning">${conversation.room ? `This is the beginning of ${conversation.name}.`
    : `This is the beginning of your messages with ${conversation.name}.`}</p>`;
}
