/**
 * Whatever the server delays, wherever connections break and pages are reloaded: no gap that nobody sees, no duplicate,
 * and the truth about what we said. SEEDS random histories; a failure names its seed.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handleLine } from '../../../chatstore/web/irc/handlers.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { fold } from '../../../chatstore/web/irc/names.js';
import { ChatState } from '../../../chatstore/web/irc/state.js';
import { ME, OTHER, ROOM, ModelServer } from './model_server.js';
import { random } from './random.js';

const SEEDS = Number(process.env.SEEDS ?? 600);
const NOW = 1_800_000_000_000;
/** Entries of a buffer that are kept over a reload. */
const KEPT = 7;
/** What an entry's text stands for in the log. */
const LOGGED = (one) => (one.event === 'join' ? 'JOIN' : one.text);

class Pair {
  said = [];
  state = new ChatState();

  constructor(choose) {
    this.choose = choose;
    this.server = new ModelServer(3, choose.below(2) === 1);
    this.together = 1 + choose.below(4);
    this.#begin();
    this.state.join(ROOM).catch(() => {});
    this.state.take();
  }

  /** One buffer after another, or several at once; the other one open. */
  #begin() {
    this.state.history.together = this.together;
    this.state.watch(OTHER);
  }

  take() {
    const lines = this.state.take();
    if (this.server.connected) this.server.incoming.push(...lines);
  }

  connect() {
    if (this.server.connected) return;
    this.server.connect();
    this.state.begin({ nick: ME, caps: this.server.caps });
    this.take();
  }

  disconnect() {
    this.server.disconnect();
    this.state.lost();
    this.take();
  }

  deliver(count) {
    for (let number = 0; number < count && this.server.outgoing.length > 0; number += 1) {
      handleLine(this.state, parse(this.server.outgoing.shift()), NOW);
      this.take();
      if (!this.state.broken) continue;
      this.disconnect();
      return;
    }
  }

  answer(count) {
    for (let number = 0; number < count; number += 1) this.server.hearOne();
  }

  exchange(count) {
    for (let number = 0; number < count; number += 1) {
      this.deliver(1);
      this.answer(1);
    }
  }

  say(name) {
    const text = `mine ${this.said.length} to ${name}`;
    this.said.push(text);
    this.state.outbox.say(name, text, { now: NOW });
    this.take();
  }

  /** The page is loaded again: what was kept comes back, and everything else is gone. */
  reload() {
    this.disconnect();
    const records = [...this.state.buffers.values()].map((one) => JSON.parse(JSON.stringify(one.toRecord(KEPT))));
    this.state = new ChatState();
    this.#begin();
    this.state.restore(records);
  }

  ask(method, name, ...params) {
    const buffer = this.state.buffers.get(fold(name));
    if (!this.state.ready || buffer === undefined) return;
    const done = { resolve: () => {}, reject: () => {} };
    this.state.history[method](buffer, ...params, done);
    this.take();
  }

  older(name) {
    const gaps = this.entries(name).filter(({ kind }) => kind === 'gap');
    this.ask('older', name, 3, this.choose.pick(['', ...gaps.map(({ key }) => key)]));
  }

  around(name) {
    const place = 1 + this.choose.below(this.server.logs[name].length);
    if (this.server.logs[name].length > 0) this.ask('around', name, `${name === ROOM ? 1 : 2}-${place}`, 3);
  }

  settle() {
    this.connect();
    while (this.server.outgoing.length + this.server.incoming.length > 0) this.exchange(1);
    this.server.tell();
    this.deliver(this.server.outgoing.length);
  }

  entries(name) {
    return this.state.buffers.get(fold(name))?.entries ?? [];
  }

  unstored() {
    return [...this.state.buffers.values()].flatMap((one) => one.pending);
  }
}

function step(pair, choose, number) {
  const name = choose.pick([ROOM, OTHER]);
  const many = () => choose.pick([1, 1, 2, 3, 5, 20, 40]);
  const steps = {
    other: () => {
      const count = many();
      for (let one = 0; one < count; one += 1) pair.server.commit(name, OTHER, `theirs ${number}.${one}`);
    },
    say: () => pair.say(name),
    exchange: () => pair.exchange(1 + choose.below(30)),
    deliver: () => pair.deliver(1 + choose.below(6)),
    answer: () => pair.answer(1 + choose.below(6)),
    tell: () => pair.server.tell(),
    reconnect: () => {
      pair.disconnect();
      pair.connect();
    },
    connect: () => pair.connect(),
    disconnect: () => pair.disconnect(),
    reload: () => pair.reload(),
    older: () => pair.older(name),
    around: () => pair.around(name),
  };
  steps[choose.pick([...Object.keys(steps), 'exchange', 'exchange', 'exchange', 'other', 'connect'])]();
}

/** What is shown is a part of the log without a gap between its lines, but where an entry says that there is one. */
function checkShown(pair, name) {
  const log = pair.server.logs[name].map(({ text }) => text);
  const entries = pair.entries(name);
  let place = -1;
  let gap = true;
  for (const one of entries) {
    if (one.kind === 'gap') {
      gap = true;
      continue;
    }
    const at = log.indexOf(LOGGED(one), place + 1);
    assert.ok(at >= 0, `${LOGGED(one)} is shown twice, or not in its place`);
    if (!gap) assert.equal(at, place + 1, `before ${LOGGED(one)} lines are missing`);
    gap = false;
    place = at;
  }
  if (entries.length > 0 && pair.state.buffers.get(fold(name)).timeline.held === null) {
    assert.equal(place, log.length - 1, 'the newest lines are missing');
  }
}

/** Everything can be had: gap after gap, page before page. */
function checkWhole(pair, name) {
  const buffer = pair.state.buffers.get(fold(name));
  if (buffer === undefined) return;
  for (let round = 0; round < 1000 && !wholeOf(buffer); round += 1) {
    const gap = buffer.entries.find(({ kind }) => kind === 'gap')?.key ?? '';
    pair.ask('older', name, 3, gap);
    pair.settle();
  }
  assert.deepEqual(buffer.entries.map(LOGGED), pair.server.logs[name].map(({ text }) => text));
}

function wholeOf(buffer) {
  return buffer.complete && !buffer.entries.some(({ kind }) => kind === 'gap');
}

/** Each message of ours is stored once, or we are told that it is not. */
function checkSaid(pair) {
  const stored = [ROOM, OTHER].flatMap((name) => pair.server.logs[name]).filter(({ nick, text }) => nick === ME && text !== 'JOIN');
  const failed = pair.unstored();
  assert.deepEqual(failed.filter((one) => one.pending), []);
  const known = [...stored.map(({ text }) => text), ...failed.map(({ text }) => text)];
  assert.equal(new Set(known).size, known.length, 'what was given back is stored, or is stored twice');
  assert.deepEqual(known.sort(), [...pair.said].sort());
}

function run(seed) {
  const choose = random(seed);
  const pair = new Pair(choose);
  const steps = 5 + choose.below(40);
  for (let number = 0; number < steps; number += 1) step(pair, choose, number);
  pair.settle();
  checkSaid(pair);
  for (const name of [ROOM, OTHER]) checkShown(pair, name);
  for (const name of [ROOM, OTHER]) checkWhole(pair, name);
  return pair;
}

test(`${SEEDS} random histories are shown whole and once`, () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    try {
      run(seed);
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
});

test('after a long absence the newest lines follow a gap, which can be filled', () => {
  const pair = new Pair(random(1));
  pair.server.cuts = false;
  pair.settle();
  pair.disconnect();
  for (let number = 0; number < 100; number += 1) pair.server.commit(ROOM, OTHER, `missed ${number}`);
  pair.server.tell();
  pair.settle();
  const shown = pair.entries(ROOM).map((one) => (one.kind === 'gap' ? 'gap' : LOGGED(one)));
  const missed = (from, to) => Array.from({ length: to - from }, (_, at) => `missed ${from + at}`);
  assert.deepEqual(shown, ['JOIN', ...missed(0, 15), 'gap', ...missed(97, 100)]);
  pair.ask('older', ROOM, 3, pair.entries(ROOM).find(({ kind }) => kind === 'gap').key);
  pair.settle();
  assert.deepEqual(pair.entries(ROOM).slice(-7).map((one) => (one.kind === 'gap' ? 'gap' : LOGGED(one))), ['gap', ...missed(94, 100)]);
  checkWhole(pair, ROOM);
});

test('lines around an old message stand between gaps until they are filled', () => {
  const pair = new Pair(random(1));
  for (let number = 0; number < 30; number += 1) pair.server.commit(ROOM, OTHER, `old ${number}`);
  pair.settle();
  pair.ask('around', ROOM, '1-10', 3);
  pair.settle();
  pair.ask('around', ROOM, '1-20', 3);
  pair.settle();
  const shown = pair.entries(ROOM).map((one) => (one.kind === 'gap' ? 'gap' : LOGGED(one)));
  assert.deepEqual(shown.slice(0, 8), ['old 8', 'old 9', 'old 10', 'gap', 'old 18', 'old 19', 'old 20', 'gap']);
  checkWhole(pair, ROOM);
});

for (const reloads of [false, true]) {
  test(`a backup is put back: what the database has is shown, ${reloads ? 'in a page that is loaded again' : 'in one that stays'}`, () => {
    const pair = new Pair(random(1));
    pair.server.incarnation = 'one';
    for (let number = 0; number < 6; number += 1) pair.server.commit(OTHER, OTHER, `direct ${number}`);
    pair.settle();
    for (let number = 0; number < 4; number += 1) pair.server.commit(ROOM, OTHER, `gone ${number}`);
    pair.settle();
    assert.equal(pair.entries(ROOM).length, 5);
    if (reloads) pair.reload();
    pair.disconnect();
    pair.server.putBack(3, 'two');
    for (let number = 0; number < 2; number += 1) pair.server.commit(ROOM, OTHER, `new ${number}`);
    pair.server.tell();
    pair.settle();
    for (const name of [ROOM, OTHER]) {
      checkShown(pair, name);
      checkWhole(pair, name);
    }
    assert.deepEqual(pair.entries(ROOM).slice(-2).map(LOGGED), ['new 0', 'new 1']);
    const kept = [...pair.state.buffers.values()].map((one) => one.toRecord(KEPT).incarnation);
    assert.deepEqual(new Set(kept), new Set(['two']));
  });
}

test('a server that starts to name its database, or names the same one, changes nothing', () => {
  const pair = new Pair(random(1));
  for (let number = 0; number < 4; number += 1) pair.server.commit(ROOM, OTHER, `kept ${number}`);
  pair.settle();
  for (const name of ['one', 'one']) {
    pair.disconnect();
    pair.server.incarnation = name;
    const before = [...pair.entries(ROOM)];
    pair.connect();
    pair.deliver(3);
    assert.deepEqual(pair.entries(ROOM), before);
    pair.settle();
    assert.deepEqual(pair.entries(ROOM), before);
  }
});
