import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection } from '../../../chatstore/web/irc/connection.js';
import { Browser } from './fake_browser.js';

function begun() {
  const browser = new Browser();
  const told = [];
  const connection = new Connection('ws://h/', {
    opened: () => told.push('opened'),
    heard: (text) => told.push(text),
    lost: (why, retryIn) => told.push(`lost: ${why}, ${retryIn}`),
    doubtful: (doubtful) => told.push(doubtful ? 'doubtful' : 'certain'),
  }, browser);
  connection.start();
  return { browser, connection, told: () => told.splice(0) };
}

function opened() {
  const all = begun();
  all.browser.socket.opens();
  all.told();
  return all;
}

test('lines are sent and received over the IRCv3 subprotocol', () => {
  const { browser, connection, told } = begun();
  assert.deepEqual([browser.socket.url, browser.socket.protocol], ['ws://h/', 'text.ircv3.net']);
  connection.send(['TOO EARLY']);
  browser.socket.opens();
  connection.send(['CAP LS 302', 'NICK bob']);
  browser.socket.says(':s 001 bob :hi');
  assert.deepEqual(told().filter((one) => one !== 'certain'), ['opened', ':s 001 bob :hi']);
  assert.deepEqual(browser.socket.sent, ['CAP LS 302', 'NICK bob']);
});

test('each failure doubles the wait, up to 15 s; a welcome resets it', () => {
  const { browser, connection, told } = begun();
  const waits = [500, 1000, 2000, 4000, 8000, 15000, 15000];
  for (const wait of waits) {
    browser.socket.breaks();
    assert.deepEqual(told(), [`lost: the server cannot be reached, ${wait}`]);
    const before = browser.sockets.length;
    browser.pass(wait - 1);
    assert.equal(browser.sockets.length, before);
    browser.pass(1);
    assert.equal(browser.sockets.length, before + 1);
  }
  browser.socket.opens();
  connection.welcomed();
  told();
  browser.socket.breaks();
  assert.deepEqual(told(), ['lost: the connection was lost, 500']);
});

test('the wait has jitter, so that not all clients reconnect at once', () => {
  const { browser, told } = begun();
  browser.chance = 0;
  browser.socket.breaks();
  assert.deepEqual(told(), ['lost: the server cannot be reached, 250']);
});

test('waking, or being online again, reconnects at once', () => {
  const { browser } = begun();
  for (let number = 0; number < 6; number += 1) {
    browser.socket.breaks();
    browser.pass(30_000);
  }
  browser.socket.breaks();
  const before = browser.sockets.length;
  browser.wake();
  assert.equal(browser.sockets.length, before + 1);
  browser.pass(120_000);
  assert.ok(browser.sockets.length <= before + 6, 'the old timer has not opened another one beside it');
});

test('a quiet server is sent a PING, and its PONG is not passed on', () => {
  const { browser, told } = opened();
  browser.pass(29_000);
  assert.deepEqual(browser.socket.take(), []);
  browser.pass(2_000);
  assert.deepEqual(browser.socket.take(), ['PING alive']);
  assert.deepEqual(told(), ['doubtful']);
  browser.socket.says(':s PONG s :alive');
  assert.deepEqual(told(), ['certain']);
  browser.pass(20_000);
  assert.equal(browser.sockets.length, 1);
});

test('a server that does not answer the PING counts as dead', () => {
  const { browser, told } = opened();
  browser.pass(35_000);
  const dead = browser.socket;
  browser.pass(25_000);
  assert.equal(dead.closed, true);
  assert.deepEqual(told().slice(0, 2), ['doubtful', 'lost: the server does not answer, 500']);
  dead.says(':s PRIVMSG bob :late');
  assert.ok(!told().some((one) => one.includes('late')));
});

test('after a sleep the PING is sent at once, with a short deadline', () => {
  const { browser, told } = opened();
  browser.sleep(3_600_000);
  browser.pass(1);
  assert.deepEqual(browser.socket.take(), ['PING alive']);
  assert.deepEqual(told(), ['doubtful']);
  browser.pass(10_000);
  assert.match(told()[0], /^lost: the server does not answer/);
});

test('a page that becomes visible sends a PING, unless a line has just come', () => {
  const { browser, told } = opened();
  browser.wake();
  assert.deepEqual(told(), []);
  browser.sleep(10_000);
  browser.wake();
  assert.deepEqual(told(), ['doubtful']);
});

test('a connection that never opens is given up', () => {
  const { browser, told } = begun();
  browser.pass(26_000);
  assert.match(told()[0], /^lost: the server cannot be reached/);
  assert.equal(browser.sockets[0].closed, true);
});

test('a stopped connection says QUIT and does not reconnect', () => {
  const { browser, connection, told } = opened();
  connection.stop();
  assert.deepEqual([browser.socket.take(), browser.socket.closed], [['QUIT'], true]);
  browser.wake();
  browser.pass(600_000);
  assert.equal(browser.sockets.length, 1);
  assert.deepEqual(told(), []);
});
