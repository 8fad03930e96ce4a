import assert from 'node:assert/strict';
import { test } from 'node:test';

import { handleLine } from '../../../chatstore/web/irc/handlers.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { fold } from '../../../chatstore/web/irc/names.js';
import { ChatState } from '../../../chatstore/web/irc/state.js';
import { vectors } from './vectors.js';

const { caps, multiline, welcome, scenarios } = vectors('state');
const NOW = 1_800_000_000_000;

/** One scenario's state, and what it has sent since it was last looked at. */
class Run {
  state = new ChatState();
  sent = [];

  constructor(nick) {
    this.nick = nick;
  }

  hear(text) {
    handleLine(this.state, parse(text), NOW);
    this.sent.push(...this.state.take());
  }

  step({ begin, lose, hear, say, join, sent, not = [] }) {
    if (begin) {
      this.state.begin({ nick: this.nick, caps, offered: { 'draft/multiline': multiline } });
      const tokens = begin.isupport ? [`:s 005 ${this.nick} ${begin.isupport} :are supported`] : [];
      [...welcome.slice(0, -1), ...tokens, ...welcome.slice(-1)].forEach((line) => this.hear(line));
    } else if (lose) this.state.lost();
    else if (hear) this.hear(hear);
    else if (say) this.state.outbox.say(say[0], say[1], { now: NOW });
    else if (join) this.state.join(join).catch(() => {});
    this.sent.push(...this.state.take());
    if (sent === undefined) return;
    const lines = this.sent.splice(0);
    let from = 0;
    for (const line of sent) {
      const place = lines.indexOf(line, from);
      assert.ok(place >= 0, `${line} is not among ${JSON.stringify(lines)}`);
      from = place + 1;
    }
    for (const start of not) assert.ok(!lines.some((line) => line.startsWith(start)), JSON.stringify(lines));
  }

  of(name) {
    return this.state.buffers.get(fold(name));
  }
}

const GIVEN_BACK = (state) =>
  [...state.buffers.values()].flatMap((one) => one.pending.filter((each) => each.failed).map((each) => [one.name, each.text]));

for (const { name, nick, steps, shown, ...also } of scenarios) {
  test(name, () => {
    const run = new Run(nick);
    steps.forEach((step) => run.step(step));
    for (const [target, expected] of Object.entries(shown)) {
      assert.deepEqual(run.of(target).entries.map((one) => [one.kind, one.nick, one.text]), expected);
    }
    if (also.given_back) assert.deepEqual(GIVEN_BACK(run.state), also.given_back);
    for (const [target, expected] of Object.entries(also.pending ?? {})) {
      assert.deepEqual(run.of(target).pending.filter((one) => one.pending).map((one) => one.text), expected);
    }
    for (const [target, expected] of Object.entries(also.members ?? {})) {
      const members = [...run.of(target).members.byNick.values()].map((one) => one.prefix.slice(0, 1) + one.nick);
      assert.deepEqual(members.sort(), expected);
    }
    for (const [msgid, { reactions = [], removed = '', reason = '' }] of Object.entries(also.annotations ?? {})) {
      const one = [...run.state.buffers.values()].flatMap((each) => each.entries).find((each) => each.msgid === msgid);
      const found = one.reactions.map(({ emoji, nicks }) => [emoji, nicks]);
      assert.deepEqual([found, one.removed, one.reason], [reactions, removed, reason]);
    }
    for (const [target, expected] of Object.entries(also.unread ?? {})) {
      const { unread, mentions, firstUnread } = run.of(target);
      assert.deepEqual([unread, mentions, firstUnread], expected);
    }
  });
}
