/** Which part of a buffer is drawn, and how: blocks, ranges, rows. Without a browser: the layout is made up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { entry } from '../../../chatstore/web/irc/entries.js';
import { Blocks } from '../../../chatstore/web/ui/blocks.js';
import { END, FAR, MAX_DRAWN, STEP, drawnBlocks, nextRange, pinned, rangeAround } from '../../../chatstore/web/ui/drawn-range.js';
import { rowsOf, sentencesOf } from '../../../chatstore/web/ui/rows.js';
import { random } from './random.js';

const NOON = Date.UTC(2023, 10, 14, 12);

const said = (number, more = {}) => entry({ key: `m${number}`, time: NOON + number, nick: 'ann', text: `${number}`, ...more });
const event = (number, nick, event = 'join', more = {}) => entry({
  key: `e${number}`, time: NOON + number, kind: 'event', event, nick, text: `${nick} ${event}s`, ...more,
});
const joins = (from, count, nick = 'flap') => Array.from({ length: count }, (_, at) => event(from + at, nick, at % 2 ? 'part' : 'join'));

test('events between two messages of a day are one block and one row', () => {
  const entries = [said(0), ...joins(1, 3000), said(3001), event(3002, 'bob'), event(3003, 'bob', 'part', { time: NOON + 86_400_000 })];
  const blocks = new Blocks(entries);
  assert.deepEqual(blocks.list.map((one) => [one.key, one.entries.length]), [['m0', 1], ['e1', 3000], ['m3001', 1], ['e3002', 1], ['e3003', 1]]);
  assert.deepEqual([blocks.place('e2999'), blocks.keyOf('e2999'), blocks.place('none'), blocks.keyOf('none')], [1, 'e1', -1, '']);
  assert.deepEqual(rowsOf(blocks.list).map((row) => row.kind), ['day', 'said', 'events', 'said', 'events', 'day', 'events']);
  assert.deepEqual(rowsOf(blocks.list, 'm3001').map((row) => row.kind).slice(3, 5), ['unread', 'said']);
  assert.equal(blocks.entries(1, 3).length, 3001);
});

test('messages of one person share a name until something stands between them', () => {
  const entries = [said(0), said(1), event(2, 'bob'), said(3), said(4, { nick: 'bob' }), said(5, { nick: 'bob', time: NOON + 600_000 })];
  const begins = rowsOf(new Blocks(entries).list).filter((row) => row.kind === 'said').map((row) => row.begins);
  assert.deepEqual(begins, [true, false, true, true, true]);
  assert.equal(rowsOf(new Blocks([said(1)]).list, '', said(0))[0].kind, 'said');
});

test('a person who keeps joining and leaving gets one sentence', () => {
  const texts = (entries) => sentencesOf(entries).map((one) => one.text);
  assert.deepEqual(texts([event(0, 'ann'), event(1, 'bob'), event(2, 'bob', 'part')]), ['ann joins', 'bob joins', 'bob parts']);
  assert.deepEqual(texts([event(0, 'ann'), ...joins(1, 300), event(400, 'bob', 'topic')]), ['ann joins', 'flap joined and left 150 times', 'bob topics']);
  assert.deepEqual(texts(joins(0, 3)), ['flap joined twice and left once']);
  assert.deepEqual(texts([0, 1, 2].map((number) => event(number, 'ann', 'quit'))), ['ann left 3 times']);
  assert.equal(new Set(sentencesOf(Array.from({ length: 500 }, (_, at) => event(at, `p${at}`))).map((one) => one.key)).size, 500);
});

/** Rows with heights, a box of some height, and where it is scrolled to; the first row in sight keeps its place. */
class Layout {
  constructor(blocks, heights, box) {
    Object.assign(this, { blocks, heights, box, range: END, above: 0 });
    this.toEnd();
  }

  toEnd() {
    this.range = END;
    this.above = Math.max(0, this.height - this.box);
  }

  get rows() {
    const { from, to } = drawnBlocks(this.blocks, this.range);
    return this.heights.slice(from, to);
  }

  get height() {
    return this.rows.reduce((sum, one) => sum + one, 0);
  }

  get sight() {
    let top = -this.above;
    let farAbove = 0;
    let farBelow = 0;
    for (const height of this.rows) {
      if (top + height < -FAR) farAbove += 1;
      if (top > this.box + FAR) farBelow += 1;
      top += height;
    }
    return { above: this.above, below: Math.max(0, this.height - this.above - this.box), farAbove, farBelow };
  }

  /** All steps until nothing is to be done; how many they were. */
  settle() {
    for (let steps = 0; ; steps += 1) {
      assert.ok(steps <= 2 + (2 * this.blocks.length) / STEP, 'it goes on for ever');
      const next = nextRange(this.blocks, this.range, this.sight);
      if (next === null) return steps;
      const before = drawnBlocks(this.blocks, this.range);
      this.range = next;
      const after = drawnBlocks(this.blocks, next);
      this.above += this.heights.slice(after.from, before.from).reduce((sum, one) => sum + one, 0);
      this.above -= this.heights.slice(before.from, after.from).reduce((sum, one) => sum + one, 0);
      this.above = Math.max(0, Math.min(this.above, this.height - this.box));
    }
  }

  scroll(by) {
    this.above = Math.max(0, Math.min(this.height - this.box, this.above + by));
    this.range = pinned(this.blocks, this.range);
    return this.settle();
  }
}

test('moving the range terminates, whatever the heights of rows and box', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const choose = random(seed);
    const count = choose.below(3000);
    const entries = Array.from({ length: count }, (_, number) => said(number));
    const tall = choose.pick([0, 1, 20, 60, 600]);
    const layout = new Layout(new Blocks(entries), entries.map(() => choose.below(tall + 1)), choose.pick([1, 300, 800, 3000, 20_000]));
    try {
      layout.settle();
      if (count > 0) layout.range = rangeAround(layout.blocks, `m${choose.below(count)}`);
      layout.settle();
      for (let step = 0; step < 30; step += 1) layout.scroll((choose.below(2) ? 1 : -1) * choose.below(8000));
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
});

test('a long buffer is drawn in part, and all of it is reached', () => {
  const entries = Array.from({ length: 2000 }, (_, number) => said(number));
  const layout = new Layout(new Blocks(entries), entries.map(() => 40), 800);
  layout.settle();
  let most = 0;
  for (let step = 0; drawnBlocks(layout.blocks, layout.range).from > 0 || layout.above > 0; step += 1) {
    assert.ok(step < 1000);
    layout.scroll(-500);
    most = Math.max(most, layout.rows.length);
  }
  assert.ok(most <= MAX_DRAWN, `${most}`);
  for (let step = 0; drawnBlocks(layout.blocks, layout.range).to < 2000; step += 1) {
    assert.ok(step < 1000);
    layout.scroll(500);
    most = Math.max(most, layout.rows.length);
  }
  assert.ok(most <= MAX_DRAWN, `${most}`);
});

test('a range stays where it is while entries come before and behind it, also into its own first row', () => {
  const events = joins(100, 10);
  const now = new Blocks([...events, said(200), said(201)]);
  const range = pinned(now, END);
  const later = new Blocks([said(1), ...joins(50, 50), ...events, said(200), said(201), said(202)]);
  assert.deepEqual(drawnBlocks(later, range), { from: 1, to: 5 });
});
