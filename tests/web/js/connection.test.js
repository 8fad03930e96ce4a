import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection } from '../../../chatstore/web/irc/connection.js';
import { World } from './world.js';

function begun() {
  const world = new World();
  const told = [];
  const connection = new Connection('ws://h/', {
    opened: () => told.push('opened'),
    heard: (text) => told.push(text),
    lost: (why, retryIn) => told.push(`lost: ${why}, ${retryIn}`),
    doubtful: (doubtful) => told.push(doubtful ? 'doubtful' : 'certain'),
  }, world);
  connection.start();
  return { world, connection, told: () => told.splice(0) };
}

function opened() {
  const all = begun();
  all.world.socket.opens();
  all.told();
  return all;
}

test('lines come and go over the subprotocol of IRCv3', () => {
  const { world, connection, told } = begun();
  assert.deepEqual([world.socket.url, world.socket.protocol], ['ws://h/', 'text.ircv3.net']);
  connection.send(['TOO EARLY']);
  world.socket.opens();
  connection.send(['CAP LS 302', 'NICK bob']);
  world.socket.says(':s 001 bob :hi');
  assert.deepEqual(told().filter((one) => one !== 'certain'), ['opened', ':s 001 bob :hi']);
  assert.deepEqual(world.socket.sent, ['CAP LS 302', 'NICK bob']);
});

test('each failure waits twice as long, up to a quarter of a minute, and a welcome begins anew', () => {
  const { world, connection, told } = begun();
  const waits = [500, 1000, 2000, 4000, 8000, 15000, 15000];
  for (const wait of waits) {
    world.socket.breaks();
    assert.deepEqual(told(), [`lost: the server cannot be reached, ${wait}`]);
    const before = world.sockets.length;
    world.pass(wait - 1);
    assert.equal(world.sockets.length, before);
    world.pass(1);
    assert.equal(world.sockets.length, before + 1);
  }
  world.socket.opens();
  connection.welcomed();
  told();
  world.socket.breaks();
  assert.deepEqual(told(), ['lost: the connection was lost, 500']);
});

test('the wait has jitter, so that not everybody comes back at once', () => {
  const { world, told } = begun();
  world.chance = 0;
  world.socket.breaks();
  assert.deepEqual(told(), ['lost: the server cannot be reached, 250']);
});

test('who wakes, or is online again, tries at once', () => {
  const { world } = begun();
  for (let number = 0; number < 6; number += 1) {
    world.socket.breaks();
    world.pass(30_000);
  }
  world.socket.breaks();
  const before = world.sockets.length;
  world.wake();
  assert.equal(world.sockets.length, before + 1);
  world.pass(120_000);
  assert.ok(world.sockets.length <= before + 6, 'the old timer has not opened another one beside it');
});

test('a quiet server is asked whether it is there, and the answer is for nobody else', () => {
  const { world, told } = opened();
  world.pass(29_000);
  assert.deepEqual(world.socket.take(), []);
  world.pass(2_000);
  assert.deepEqual(world.socket.take(), ['PING alive']);
  assert.deepEqual(told(), ['doubtful']);
  world.socket.says(':s PONG s :alive');
  assert.deepEqual(told(), ['certain']);
  world.pass(20_000);
  assert.equal(world.sockets.length, 1);
});

test('one that does not answer is dead', () => {
  const { world, told } = opened();
  world.pass(35_000);
  const dead = world.socket;
  world.pass(25_000);
  assert.equal(dead.closed, true);
  assert.deepEqual(told().slice(0, 2), ['doubtful', 'lost: the server does not answer, 500']);
  dead.says(':s PRIVMSG bob :late');
  assert.ok(!told().some((one) => one.includes('late')));
});

test('after a sleep the connection is asked at once, and has little time', () => {
  const { world, told } = opened();
  world.sleep(3_600_000);
  world.pass(1);
  assert.deepEqual(world.socket.take(), ['PING alive']);
  assert.deepEqual(told(), ['doubtful']);
  world.pass(10_000);
  assert.match(told()[0], /^lost: the server does not answer/);
});

test('a page that is looked at again asks, unless it has just heard something', () => {
  const { world, told } = opened();
  world.wake();
  assert.deepEqual(told(), []);
  world.sleep(10_000);
  world.wake();
  assert.deepEqual(told(), ['doubtful']);
});

test('a server that never opens is given up', () => {
  const { world, told } = begun();
  world.pass(26_000);
  assert.match(told()[0], /^lost: the server cannot be reached/);
  assert.equal(world.sockets[0].closed, true);
});

test('a stopped connection says goodbye and stays away', () => {
  const { world, connection, told } = opened();
  connection.stop();
  assert.deepEqual([world.socket.take(), world.socket.closed], [['QUIT'], true]);
  world.wake();
  world.pass(600_000);
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(told(), []);
});
