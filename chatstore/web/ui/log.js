/**
 * The messages of the open buffer in a scrolling box. It loads older messages near the top, keeps the scroll position
 * when they arrive, follows the end while it is visible, and marks messages as read.
 */

import { fold } from '../irc/names.js';
import { blocksOf } from './blocks.js';
import { AHEAD, END, FAR, drawnBlocks, nextRange, pinned, rangeAround } from './drawn-range.js';
import { Component, createRef, html } from './html.js';
import { Icon } from './icons.js';
import { Hidden } from './ignored.js';
import { Message } from './message.js';
import { sentence } from './message-text.js';
import { isOperator } from './person.js';
import { distancesIn, isAtEnd, positionIn, restorePosition, rowOf, savePosition, savedPosition } from './scroll-position.js';
import { DayRow, EventsRow, GapRow, UnreadRow } from './system-rows.js';
import { rowsOf } from './rows.js';
import { threadLines } from './thread-line.js';

/** px: a smaller scroll up at the end is the browser's own: rows change their height a little when they are stored. */
const JITTER = 8;

/** Lines in a page of history, and in the next one after a page with nothing to draw. */
const PAGE = 50;
const LARGE = 1000;

const GONE = 'That message no longer exists, or you may not read it.';

/** Pages in a row with nothing to draw, after which the person is asked whether to continue. */
const MAX_EMPTY_PAGES = 20;

/** `itself`: a ref that is set to this component. Preact does not pass `ref` as a prop. */
export class Log extends Component {
  state = { range: END, active: '', flash: '', loading: false, error: '', paused: false, below: 0 };
  box = createRef();
  /** Whether to keep the end visible. */
  following = true;
  position = null;
  shape = '';
  top = 0;
  unread = '';
  jumped = 0;
  /** Pages in a row with nothing to draw. */
  emptyPages = 0;

  componentDidMount() {
    this.props.itself.current = this;
    this.unread = this.props.buffer.firstUnread;
    this.sizes = new ResizeObserver(() => {
      this.keepPosition();
      this.drawMore();
    });
    this.sizes.observe(this.box.current);
    this.seen = () => this.markRead();
    this.gone = () => savePosition(this.props.buffer.name, this.following ? null : this.position);
    globalThis.addEventListener('pagehide', this.gone);
    document.addEventListener('visibilitychange', this.seen);
    globalThis.addEventListener('focus', this.seen);
    this.returning = savedPosition(this.props.buffer.name);
    if (this.unread && !this.returning) this.setState({ range: rangeAround(this.blocks, this.unread) });
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
    this.keepPosition();
    const { jump, buffer } = this.props;
    const known = () => buffer.entries.some((one) => one.msgid === jump.msgid);
    if (jump && jump.number !== this.jumped && fold(jump.name) === fold(buffer.name) && (this.props.online || known())) {
      this.jumped = jump.number;
      this.props.page.tookJump();
      this.toUnread = false;
      this.returning = null;
      this.goTo(jump.msgid);
    }
    this.seek();
    this.returnToSaved();
    this.markRead();
    this.drawMore();
  }

  /** Restore the scroll position after the rows changed. */
  keepPosition() {
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
    } else if (this.returning && this.restorePosition(this.returning)) {
      this.returning = null;
      this.following = false;
      this.scrolled();
    } else if (this.shape !== shapeOf(box)) {
      // Only when rows moved: otherwise this would fight the person's scrolling.
      if (this.following && this.state.range.last === '') box.scrollTop = box.scrollHeight;
      else this.restorePosition(this.position);
    }
    this.shape = shapeOf(box);
    this.top = box.scrollTop;
  }

  /** The row of this entry. One row may hold several events. */
  row(key) {
    return rowOf(this.box.current, this.blocks.keyOf(key) || key);
  }

  restorePosition(place) {
    return restorePosition(this.box.current, place && { ...place, key: this.blocks.keyOf(place.key) || place.key });
  }

  scrolled = () => {
    const box = this.box.current;
    const up = box.scrollTop < this.top - JITTER && this.shape === shapeOf(box);
    this.top = box.scrollTop;
    this.position = positionIn(box);
    this.following = !up && isAtEnd(box) && this.state.range.last === '';
    if (this.following) {
      if (this.state.below) this.setState({ below: 0 });
      this.markRead();
    } else if (this.state.range === END) {
      this.setState({ range: pinned(this.blocks, END) });
    }
    if (this.away !== !this.following) {
      this.away = !this.following;
      this.setState({});
    }
    this.drawMore();
  };

  /** Draw more blocks, or load older messages, near an edge. drawn-range.js explains why this terminates. */
  drawMore() {
    const box = this.box.current;
    if (!box || box.clientHeight === 0) return; // not visible
    const { buffer } = this.props;
    const { blocks } = this;
    const sight = distancesIn(box, FAR);
    // While we follow the end, the box will be there in a moment.
    if (this.following) sight.above = box.scrollHeight - box.clientHeight;
    if (this.target) sight.above = Infinity;
    const next = nextRange(blocks, this.state.range, sight);
    if (next !== null) {
      this.position = positionIn(box);
      this.setState({ range: next });
    } else if (sight.above < AHEAD && drawnBlocks(blocks, this.state.range).from === 0 && !buffer.complete) {
      this.loadOlder();
    }
  }

  /**
   * Load a page of history. A page with nothing to draw (reactions, further joins) is followed by another. This ends:
   * each page starts before the last one.
   */
  async loadOlder() {
    const { client, buffer, online } = this.props;
    if (this.loading || this.state.error || this.state.paused || !online) return;
    this.loading = true;
    this.setState({ loading: true });
    const before = this.blocks.length;
    let error = '';
    try {
      const { moved: further, complete } = await client.older(buffer.name, '', this.emptyPages > 0 ? LARGE : PAGE);
      if (!further && !complete) error = 'The server sent no older messages.';
    } catch (thrown) {
      error = thrown.message || 'The server did not answer.';
    }
    this.loading = false;
    if (this.over) return;
    const now = client.state.buffers.find((one) => one.key === buffer.key) ?? buffer;
    this.emptyPages = blocksOf(now.entries).length > before ? 0 : this.emptyPages + 1;
    this.setState({ loading: false, error, paused: this.emptyPages >= MAX_EMPTY_PAGES && !now.complete });
  }

  resumeLoading = () => {
    this.emptyPages = 1;
    this.setState({ error: '', paused: false }, () => this.loadOlder());
  };

  /** Mark the buffer as read when its end is visible and the window has the focus. */
  markRead() {
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
        if (error.code === 'INVALID_PARAMS') page.showNotice(GONE);
        else page.showError(error);
        return;
      }
    }
    // Changes reach the props a moment later: read the current state.
    const { entries } = client.state.buffers.find((one) => one.key === buffer.key) ?? buffer;
    const entry = entries.find((one) => one.msgid === msgid && one.kind !== 'gap');
    if (!entry) {
      page.showNotice(GONE);
      return;
    }
    this.seeking = entry.key;
    this.seek();
  }

  /** After a reload: draw the saved position once its entry is loaded. */
  returnToSaved() {
    const key = this.returning?.key;
    if (!key || this.blocks.place(key) < 0 || this.row(key)) return;
    this.setState({ range: rangeAround(this.blocks, key) });
  }

  /** Go to the sought entry once it is in our props. */
  seek() {
    const key = this.seeking;
    if (!key || this.blocks.place(key) < 0) return;
    this.seeking = '';
    this.following = false;
    this.target = key;
    this.setState({ range: rangeAround(this.blocks, key), active: key, flash: key });
  }

  toEnd = () => {
    this.following = true;
    this.away = false;
    this.shape = '';
    this.setState({ range: END });
  };

  /** Keys in the list of messages: move the focus, go to the end, reply. */
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
    } else if (event.key === 'e' && row && !event.ctrlKey && !event.metaKey && this.props.client.state.features.editing) {
      const entry = this.props.buffer.entries.find((one) => one.key === row.dataset.key);
      if (entry?.msgid && entry.own && entry.kind === 'message' && !entry.removed) this.props.actions.edit(entry);
      event.preventDefault();
    } else if (event.key === 't' && row && !event.ctrlKey && !event.metaKey) {
      if (row.dataset.msgid) this.props.actions.thread({ msgid: row.dataset.msgid });
      event.preventDefault();
    } else if (event.key === 'r' && row && !event.ctrlKey && !event.metaKey) {
      const entry = this.props.buffer.entries.find((one) => one.key === row.dataset.key);
      if (entry?.msgid) this.props.actions.reply(entry);
      event.preventDefault();
    }
  };

  /** Show the toolbar of the row under the pointer or with the focus. */
  activate = (event) => {
    if (event.type === 'mouseover' && matchMedia('(hover: none)').matches) return; // the browser synthesizes it after a touch
    const key = event.target.closest?.('.row')?.dataset.key ?? '';
    if (key && key !== this.state.active) this.setState({ active: key });
  };

  leave = (event) => {
    if (!this.box.current.contains(event.relatedTarget) && this.state.active) this.setState({ active: '' });
  };

  render({ buffer, client, nick, actions, online }, { range, active, flash, loading, error, paused }) {
    const { entries } = buffer;
    const { blocks } = this;
    const { from, to } = drawnBlocks(blocks, range);
    if (buffer.firstUnread && !(this.following && document.hasFocus())) this.unread = buffer.firstUnread;
    const rows = rowsOf(blocks.list.slice(from, to), this.unread, blocks.list[from - 1]?.entries.at(-1));
    const operator = isOperator(buffer.myPrefix);
    const { editing, pins } = client.state.features;
    const may = { redact: operator, report: this.props.reports, edit: editing, pin: operator && pins && buffer.room };
    const threads = threadLines(client, buffer);
    const answered = answeredBy(entries, blocks.entries(from, to), client);
    return html`<div class="log-frame">
      <div class="log" ref=${this.box} role="log" aria-live="off" aria-label=${`Messages of ${buffer.name}`}
        tabindex="0" onScroll=${this.scrolled} onKeyDown=${this.pressed} onMouseOver=${this.activate}
        onFocusIn=${this.activate} onMouseLeave=${this.leave} onClick=${this.activate}>
        <div class="log-rows">
          <${Beginning} buffer=${buffer} whole=${from === 0} loading=${loading} error=${error}
            paused=${paused} onAgain=${this.resumeLoading} />
          ${rows.map((row) => {
            if (row.kind === 'day') return html`<${DayRow} key=${row.key} row=${row} />`;
            if (row.kind === 'unread') return html`<${UnreadRow} key="unread" />`;
            if (row.kind === 'gap') {
              return html`<${GapRow} key=${row.key} row=${row} onFill=${() => client.older(buffer.name, row.key)} />`;
            }
            if (row.kind === 'events') return html`<${EventsRow} key=${row.key} row=${row} />`;
            const ignored = client.isIgnored(row.entry);
            const message = html`<${Message} key=${row.key} entry=${row.entry} begins=${row.begins || ignored} nick=${nick} may=${may}
              active=${active === row.key} flash=${flash === row.key} actions=${actions} client=${client} places=${client.filePlaces} look=${client.lookOf(row.entry)}
              thread=${threads.get(row.entry.msgid)}
              answered=${row.entry.replyTo ? answered.get(row.entry.replyTo) : undefined} />`;
            return ignored ? html`<${Hidden} key=${`hidden ${row.key}`} entry=${row.entry}>${message}<//>` : message;
          })}
        </div>
      </div>
      ${this.away && html`<button type="button" class="to-end" onClick=${this.toEnd}>
        <${Icon} name="down" /> ${buffer.unread ? `${buffer.unread} new` : 'Latest'}</button>`}
      ${!online && entries.length === 0 && html`<p class="empty">You are offline, and this browser has no messages of this conversation.</p>`}
    </div>`;
  }
}

/** The loaded messages that drawn messages reply to, by msgid. */
function answeredBy(entries, shown, client) {
  const wanted = new Set(shown.map((one) => one.replyTo).filter(Boolean));
  const found = new Map();
  if (wanted.size > 0) for (const one of entries) if (wanted.has(one.msgid) && one.kind !== 'gap' && !client.isIgnored(one)) found.set(one.msgid, one);
  return found;
}

/** A value that changes when rows are added, removed or laid out anew. */
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
