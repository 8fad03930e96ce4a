/**
 * The buffer itself: its rows, in a box that is scrolled. It asks for older messages as one comes near the
 * beginning, keeps the place when they arrive, follows the end while one is there, and says what is read.
 */

import { fold } from '../irc/names.js';
import { blocksOf } from './blocks.js';
import { AHEAD, END, FAR, around, drawn, held, moved } from './drawn-range.js';
import { Component, createRef, html } from './html.js';
import { Icon } from './icons.js';
import { Message } from './message.js';
import { sentence } from './message-text.js';
import { isOperator } from './person.js';
import { isAtEnd, savePosition, savedPosition, positionIn, restore, rowOf, distancesIn } from './scroll-position.js';
import { DayRow, EventsRow, GapRow, UnreadRow } from './system-rows.js';
import { rowsOf } from './rows.js';

/** A scroll up of fewer px while the end is in sight is the browser's own: rows change by a little when they are stored. */
const JITTER = 8;

/** Lines of a page of the past; and of the next one, where the last brought nothing to draw. */
const PAGE = 50;
const LARGE = 1000;

/** So many pages in a row may bring nothing to draw; then the person is asked whether to go on. */
const MAX_EMPTY_PAGES = 20;

/** `itself`: a ref that the log puts itself into; Preact gives a component's `ref` to no class. */
export class Log extends Component {
  state = { stretch: END, active: '', flash: '', loading: false, error: '', paused: false, below: 0 };
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
    this.unread = this.props.buffer.firstUnread;
    this.sizes = new ResizeObserver(() => {
      this.settle();
      this.more();
    });
    this.sizes.observe(this.box.current);
    this.seen = () => this.read();
    this.gone = () => savePosition(this.props.buffer.name, this.following ? null : this.place);
    globalThis.addEventListener('pagehide', this.gone);
    document.addEventListener('visibilitychange', this.seen);
    globalThis.addEventListener('focus', this.seen);
    this.returning = savedPosition(this.props.buffer.name);
    if (this.unread && !this.returning) this.setState({ stretch: around(this.blocks, this.unread) });
    this.toUnread = Boolean(this.unread) && !this.returning;
    this.componentDidUpdate();
  }

  get blocks() {
    return blocksOf(this.props.buffer.entries);
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
    if (before && this.props.online && !before.online && this.state.error) this.setState({ error: '' });
    this.settle();
    const { jump, buffer } = this.props;
    if (jump && jump.number !== this.jumped && fold(jump.name) === fold(buffer.name)) {
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
    this.place = positionIn(box);
    this.following = !up && isAtEnd(box) && this.state.stretch.last === '';
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
    const { buffer } = this.props;
    const { blocks } = this;
    const sight = distancesIn(box, FAR);
    // While the end is followed the box stands there in a moment, if not yet.
    if (this.following) sight.above = box.scrollHeight - box.clientHeight;
    if (this.target) sight.above = Infinity;
    const next = moved(blocks, this.state.stretch, sight);
    if (next !== null) {
      this.place = positionIn(box);
      this.setState({ stretch: next });
    } else if (sight.above < AHEAD && drawn(blocks, this.state.stretch).from === 0 && !buffer.complete) {
      this.older();
    }
  }

  /**
   * Fetch a page of the past. One that has nothing to draw (reactions, more of those who come and go) is followed by
   * another: each begins before the last one, and there are only so many.
   */
  async older() {
    const { client, buffer, online } = this.props;
    if (this.loading || this.state.error || this.state.paused || !online) return;
    this.loading = true;
    this.setState({ loading: true });
    const before = this.blocks.length;
    let error = '';
    try {
      const { moved: further, complete } = await client.older(buffer.name, '', this.barren > 0 ? LARGE : PAGE);
      if (!further && !complete) error = 'The server sent no older messages.';
    } catch (thrown) {
      error = thrown.message || 'The server did not answer.';
    }
    this.loading = false;
    if (this.over) return;
    const now = client.state.buffers.find((one) => one.key === buffer.key) ?? buffer;
    this.barren = blocksOf(now.entries).length > before ? 0 : this.barren + 1;
    this.setState({ loading: false, error, paused: this.barren >= MAX_EMPTY_PAGES && !now.complete });
  }

  goOn = () => {
    this.barren = 1;
    this.setState({ error: '', paused: false }, () => this.older());
  };

  /** Say that all is read, when it is: the end in sight of somebody. */
  read() {
    const { client, buffer } = this.props;
    if (!this.following || document.visibilityState !== 'visible' || !document.hasFocus()) return;
    if (buffer.unread > 0) client.markRead(buffer.name);
  }

  async goTo(msgid) {
    const { client, buffer, page } = this.props;
    if (!buffer.entries.some((one) => one.msgid === msgid && one.kind !== 'gap')) {
      try {
        await client.around(buffer.name, msgid);
      } catch (error) {
        page.showError(error);
        return;
      }
    }
    // What has just come is told to the page a moment later: ask for the state as it is now.
    const { entries } = client.state.buffers.find((one) => one.key === buffer.key) ?? buffer;
    const entry = entries.find((one) => one.msgid === msgid && one.kind !== 'gap');
    if (!entry) {
      page.showNotice('That message no longer exists.');
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
      const entry = this.props.buffer.entries.find((one) => one.key === row.dataset.key);
      if (entry?.msgid) this.props.actions.reply(entry);
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

  render({ buffer, client, nick, actions, online }, { stretch, active, flash, loading, error, paused }) {
    const { entries } = buffer;
    const { blocks } = this;
    const { from, to } = drawn(blocks, stretch);
    if (buffer.firstUnread && !(this.following && document.hasFocus())) this.unread = buffer.firstUnread;
    const rows = rowsOf(blocks.list.slice(from, to), this.unread, blocks.list[from - 1]?.entries.at(-1));
    const may = { redact: isOperator(buffer.myPrefix) };
    const answered = answeredBy(entries, blocks.entries(from, to));
    return html`<div class="log-frame">
      <div class="log" ref=${this.box} role="log" aria-live="off" aria-label=${`Messages of ${buffer.name}`}
        tabindex="0" onScroll=${this.scrolled} onKeyDown=${this.pressed} onMouseOver=${this.activate}
        onFocusIn=${this.activate} onMouseLeave=${this.leave} onClick=${this.activate}>
        <div class="log-rows">
          <${Beginning} buffer=${buffer} whole=${from === 0} loading=${loading} error=${error}
            paused=${paused} onAgain=${this.goOn} />
          ${rows.map((row) => {
            if (row.kind === 'day') return html`<${DayRow} key=${row.key} row=${row} />`;
            if (row.kind === 'unread') return html`<${UnreadRow} key="unread" />`;
            if (row.kind === 'gap') {
              return html`<${GapRow} key=${row.key} row=${row} onFill=${() => client.older(buffer.name, row.key)} />`;
            }
            if (row.kind === 'events') return html`<${EventsRow} key=${row.key} row=${row} />`;
            return html`<${Message} key=${row.key} entry=${row.entry} begins=${row.begins} nick=${nick} may=${may}
              active=${active === row.key} flash=${flash === row.key} actions=${actions}
              answered=${row.entry.replyTo ? answered.get(row.entry.replyTo) : undefined} />`;
          })}
        </div>
      </div>
      ${this.away && html`<button type="button" class="to-end" onClick=${this.toEnd}>
        <${Icon} name="down" /> ${buffer.unread ? `${buffer.unread} new` : 'Latest'}</button>`}
      ${!online && entries.length === 0 && html`<p class="empty">You are offline, and this browser has no messages of this conversation.</p>`}
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

function Beginning({ buffer, whole, loading, error, paused, onAgain }) {
  if (error) {
    return html`<p class="beginning">${sentence(error)} <button type="button" class="link" onClick=${onAgain}>Try again</button></p>`;
  }
  if (paused && whole) {
    return html`<p class="beginning"><button type="button" class="link" onClick=${onAgain}>Load older messages</button></p>`;
  }
  if (buffer.unknown) return html`<p class="beginning" role="status">No one here has the name ${buffer.name}.</p>`;
  if (loading || !whole || !buffer.complete) return html`<p class="beginning">${loading ? 'Loading older messages…' : ' '}</p>`;
  return html`<p class="beginning">${buffer.room ? `This is the beginning of ${buffer.name}.`
    : `This is the beginning of your messages with ${buffer.name}.`}</p>`;
}
