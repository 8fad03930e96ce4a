/** Handlers of lines besides messages and history: people, presence, responses, errors, renames, settings. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { errorIn } from '../../../chatstore/web/irc/errors.js';
import { handleLine } from '../../../chatstore/web/irc/handlers.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { CAPS } from '../../../chatstore/web/irc/login.js';
import { setNotify, setNotifyAll } from '../../../chatstore/web/irc/account.js';
import { previewIn } from '../../../chatstore/web/irc/previews.js';
import { ChatState } from '../../../chatstore/web/irc/state.js';
import { buffersOf } from '../../../chatstore/web/irc/view.js';
import { addWebhook, renewWebhook, webhooks } from '../../../chatstore/web/irc/webhooks.js';

const NOW = 1_800_000_000_000;
const WITHOUT_LABELS = CAPS.filter((cap) => cap !== 'labeled-response');

class Chat {
  state = new ChatState();

  /** In #tea with an empty past, and no direct conversations. */
  constructor(caps = CAPS) {
    this.state.begin({ nick: 'bob', caps, offered: { 'draft/multiline': 'max-bytes=4096,max-lines=24' } });
    this.hear(':s 001 bob :Welcome, bob!u@h', ':s 005 bob CHATHISTORY=100 MONITOR=100 WHOX PREFIX=(ov)@+ :are supported', ':s 422 bob :none');
    this.hear(':bob!u@h JOIN #tea bob :Bob', ':s 353 bob = #tea :@alice!u@h bob!u@h', ':s 366 bob #tea :end');
    this.hear(':s BATCH +t draft/chathistory-targets', ':s BATCH -t', ':s BATCH +h chathistory #tea', ':s BATCH -h');
    this.state.take();
  }

  hear(...lines) {
    for (const line of lines) handleLine(this.state, parse(line), NOW);
    return this;
  }

  get sent() {
    return this.state.take().filter((line) => !line.startsWith('PING page'));
  }

  get later() {
    const lines = [];
    for (let line = this.state.takeLater(); line !== null; line = this.state.takeLater()) lines.push(line);
    return lines;
  }

  of(name) {
    return this.state.buffers.get(name);
  }

  get tea() {
    return this.of('#tea');
  }
}

test('a labeled command is answered by a line, a batch, or an ACK', async () => {
  const chat = new Chat();
  const asked = ['TOPIC', 'LIST', 'AWAY'].map((command) => chat.state.ask(command, [], { quiet: true }));
  assert.deepEqual(chat.sent, ['@label=a1 TOPIC', '@label=a2 LIST', '@label=a3 AWAY']);
  chat.hear('@label=a2 :s BATCH +x labeled-response', '@batch=x :s 322 bob #tea 2 :', ':alice!u@h PRIVMSG #tea :meanwhile', '@batch=x :s 323 bob :end', ':s BATCH -x');
  chat.hear('@label=a3 :s ACK', '@label=a1 :s 461 bob TOPIC :too few');
  const [topic, list, away] = await Promise.all(asked);
  assert.deepEqual(list.map(({ command }) => command), ['322', '323']);
  assert.deepEqual([away, errorIn(topic).code], [[], '461']);
  assert.deepEqual([chat.tea.entries.at(-1).text, chat.state.notices], ['meanwhile', []]);
});

test('lines of a response are handled as they come, so that nothing overtakes them', () => {
  const chat = new Chat();
  chat.state.join('#milk').catch(() => {});
  assert.deepEqual(chat.sent, ['@label=a1 JOIN #milk']);
  chat.hear('@label=a1 :s BATCH +x labeled-response', '@batch=x;msgid=5-9 :bob!u@h JOIN #milk bob :Bob', '@batch=x :s 332 bob #milk :Fresh');
  chat.hear('@msgid=5-10 :alice!u@h PRIVMSG #milk :hi');
  chat.hear('@batch=x :s 353 bob = #milk :@alice bob', '@batch=x :s 366 bob #milk :end', ':s BATCH -x');
  assert.deepEqual(chat.sent, ['CHATHISTORY LATEST #milk * 50']);
  chat.hear(':s BATCH +m chathistory #milk', '@batch=m;msgid=5-8 :alice!u@h PRIVMSG #milk :before', '@batch=m;msgid=5-9 :bob!u@h JOIN #milk', ':s BATCH -m');
  const milk = chat.of('#milk');
  assert.deepEqual(milk.entries.map(({ text }) => text), ['before', 'bob joined', 'hi']);
  assert.deepEqual([milk.topic, milk.members.size], ['Fresh', 2]);
});

test('a response may contain a message of several lines', async () => {
  const chat = new Chat();
  chat.state.outbox.say('#tea', 'one\ntwo', { now: NOW });
  assert.deepEqual(chat.sent, [
    '@label=m1 BATCH +m1 draft/multiline #tea', '@batch=m1 PRIVMSG #tea :one', '@batch=m1 PRIVMSG #tea :two', 'BATCH -m1',
  ]);
  chat.hear('@label=m1;msgid=1-2 :bob!u@h BATCH +q draft/multiline #tea', '@batch=q :bob!u@h PRIVMSG #tea :one', '@batch=q :bob!u@h PRIVMSG #tea :two', ':bob!u@h BATCH -q');
  assert.deepEqual([chat.tea.pending, chat.tea.entries.at(-1).text], [[], 'one\ntwo']);
});

test('a message to somebody who is away is stored', () => {
  const chat = new Chat();
  chat.state.outbox.say('alice', 'hi', { now: NOW });
  assert.deepEqual(chat.sent, ['@label=m1 PRIVMSG alice :hi']);
  chat.hear('@label=m1 :s BATCH +x labeled-response', '@batch=x;msgid=2-1 :bob!u@h PRIVMSG alice :hi', '@batch=x :s 301 bob alice :lunch', ':s BATCH -x');
  assert.deepEqual([chat.of('alice').pending.length, chat.of('alice').entries[0].own], [0, true]);
});

test('the same text twice: each receipt and each error belongs to its own message', () => {
  const chat = new Chat();
  for (let number = 0; number < 3; number += 1) chat.state.outbox.say('#tea', 'ok', { now: NOW });
  chat.hear('@label=m2 :s FAIL PRIVMSG NO_ROOM #tea :not now', '@label=m1;msgid=1-2 :bob!u@h PRIVMSG #tea :ok');
  assert.deepEqual(chat.tea.pending.map(({ pending, failed }) => [pending, failed]), [[false, 'not now'], [true, '']]);
  const [{ key }] = chat.tea.pending;
  chat.state.outbox.retry('#tea', key);
  assert.deepEqual(chat.sent.at(-1), '@label=m4 PRIVMSG #tea :ok');
  chat.hear('@label=m3;msgid=1-3 :bob!u@h PRIVMSG #tea :ok', '@label=m4;msgid=1-4 :bob!u@h PRIVMSG #tea :ok');
  assert.deepEqual([chat.tea.pending, chat.tea.entries.map(({ text }) => text)], [[], ['ok', 'ok', 'ok']]);
});

test('replies, and discarding messages', () => {
  const chat = new Chat();
  chat.state.outbox.say('#tea', 'yes', { now: NOW, replyTo: '1-1' });
  assert.deepEqual(chat.sent, ['@label=m1;+draft/reply=1-1 PRIVMSG #tea :yes']);
  chat.state.outbox.discard('#tea', chat.tea.pending[0].key);
  assert.equal(chat.tea.pending.length, 1, 'what is sent can not be called back');
  chat.state.lost();
  chat.state.outbox.say('#tea', 'no', { now: NOW });
  chat.state.outbox.discard('#tea', chat.tea.pending[1].key);
  assert.deepEqual(chat.tea.pending.map(({ text }) => text), ['yes']);
});

test('without labels a response ends at the PONG after it', async () => {
  const chat = new Chat(WITHOUT_LABELS);
  const asked = [chat.state.ask('LIST', [], { quiet: true }), chat.state.ask('PRIVMSG', ['NickServ', 'HELP'], { quiet: true })];
  assert.deepEqual(chat.sent, ['LIST', 'PING answer-a1', 'PRIVMSG NickServ HELP'.replace('HELP', ':HELP'), 'PING answer-a2']);
  chat.hear(':s 322 bob #tea 2 :', '@msgid=1-2 :alice!u@h PRIVMSG #tea :meanwhile', ':s 323 bob :end', ':s PONG s :answer-a1');
  chat.hear(':NickServ!services@s NOTICE bob :help', ':s PONG s :answer-a2');
  const [list, help] = await Promise.all(asked);
  assert.deepEqual([list.map(({ command }) => command), help.map(({ params }) => params[1])], [['322', '323'], ['help']]);
  assert.deepEqual([chat.tea.entries.map(({ text }) => text), chat.of('nickserv')], [['meanwhile'], undefined]);
});

test('WHO is asked once for the open room, however many members it has', () => {
  const chat = new Chat();
  assert.deepEqual([chat.later, chat.sent], [[], []]);
  chat.state.watch('#Tea');
  assert.deepEqual(chat.sent, ['WHO #tea %tcnfa,152']);
  chat.hear(':s 354 bob 152 #tea alice G@ alice', ':s 354 bob 152 #tea bob H 0', ':s 354 bob 7 #tea bob G x');
  const member = (nick) => chat.tea.members.of(nick);
  assert.deepEqual([member('alice').away, member('alice').account, member('bob').away], ['away', 'alice', '']);
  chat.hear(':alice!u@h AWAY :lunch');
  assert.equal(member('alice').away, 'lunch');
  chat.hear(':alice!u@h AWAY', ':bob!u@h ACCOUNT bob', ':alice!u@h ACCOUNT *');
  assert.deepEqual([member('alice').away, member('alice').account, member('bob').account], ['', '', 'bob']);
  const crowd = Array.from({ length: 301 }, (_, number) => `n${number}`).join(' ');
  chat.hear(`:s 353 bob = #tea :${crowd}`, ':s 366 bob #tea :end');
  chat.state.watch('#tea');
  assert.deepEqual([chat.later, chat.sent], [[], []]);
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.hear(':s 005 bob WHOX :are supported', ':s 422 bob :none', ':bob!u@h JOIN #tea bob :Bob', `:s 353 bob = #tea :${crowd}`);
  chat.state.take();
  chat.hear(':s 366 bob #tea :end');
  assert.deepEqual(chat.sent, ['WHO #tea %tcnfa,152']);
});

test('of a hundred rooms the open one catches up first, and only a few at once', () => {
  const chat = new Chat();
  const rooms = Array.from({ length: 100 }, (_, number) => `#room${number}`);
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.state.watch('#room77');
  chat.hear(':s 001 bob :Welcome, bob!u@h', ':s 005 bob CHATHISTORY=100 :are supported', ':s PERSISTENCE STATUS DEFAULT ON', ...rooms.map((room) => `:bob!u@h JOIN ${room} bob :Bob`));
  chat.hear(':s 422 bob :none');
  const asked = () => chat.sent.filter((line) => line.startsWith('CHATHISTORY LATEST')).map((line) => line.split(' ')[2]);
  let open = asked();
  assert.equal(open.length, 4);
  const order = [...open];
  while (open.length > 0) {
    const room = open.shift();
    chat.hear(`:s BATCH +r chathistory ${room}`, ':s BATCH -r');
    assert.equal(chat.of(room).timeline.held, null);
    const next = asked();
    order.push(...next);
    open.push(...next);
    assert.ok(open.length <= 4);
  }
  assert.ok(order.indexOf('#room77') <= 4, `${order.indexOf('#room77')}`);
  assert.equal(new Set(order).size, 100);
});

test('rooms are joined again in few lines', () => {
  const chat = new Chat();
  const rooms = Array.from({ length: 60 }, (_, number) => `#room-number-${number}`);
  chat.hear(...rooms.map((room) => `:bob!u@h JOIN ${room} bob :Bob`));
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.state.take();
  chat.hear(':s 422 bob :none');
  const lines = chat.sent.filter((line) => line.startsWith('JOIN '));
  assert.deepEqual(lines.flatMap((line) => line.slice(5).split(',')).sort(), ['#tea', ...rooms].sort());
  assert.ok(lines.length <= 4 && lines.every((line) => line.length <= 405));
});

test('people in direct conversations are monitored', () => {
  const chat = new Chat();
  chat.hear('@msgid=2-1 :carol!u@h PRIVMSG bob :psst');
  assert.deepEqual(chat.later, ['MARKREAD carol', 'MONITOR + carol']);
  const presence = () => chat.of('carol').presence;
  chat.hear(':s 730 * :carol!u@h,dora!u@h');
  assert.equal(presence(), 'online');
  chat.hear(':carol!u@h AWAY :lunch');
  assert.equal(presence(), 'away');
  chat.hear(':s 731 * :carol');
  assert.equal(presence(), 'offline');
});

test('a read marker is sent once, and not if the server has it', () => {
  const chat = new Chat();
  const at = (second) => `@time=2023-11-14T22:13:2${second}.000Z;msgid=1-${second} :alice!u@h PRIVMSG #tea :${second}`;
  chat.hear(at(1));
  chat.state.markRead('#tea');
  assert.deepEqual(chat.sent, ['MARKREAD #tea timestamp=2023-11-14T22:13:21.000Z']);
  chat.state.markRead('#tea');
  chat.hear(at(2), ':s MARKREAD #tea timestamp=2023-11-14T22:13:22.000Z');
  chat.state.markRead('#tea');
  chat.state.markRead('#nowhere');
  assert.deepEqual([chat.sent, chat.tea.unread], [[], 0]);
  chat.hear(at(3));
  assert.equal(chat.tea.unread, 1);
  chat.hear('@time=2023-11-14T22:13:24.000Z;msgid=1-4 :bob!u@h PRIVMSG #tea :I have seen it');
  assert.equal(chat.tea.unread, 0);
  chat.state.markRead('#tea');
  assert.deepEqual(chat.sent, ['MARKREAD #tea timestamp=2023-11-14T22:13:24.000Z']);
});

test('a room without a read marker is marked at the first visit', () => {
  const chat = new Chat();
  chat.hear('@time=2023-11-14T22:13:21.000Z;msgid=1-1 :alice!u@h PRIVMSG #tea :hi', ':s MARKREAD #tea *');
  assert.equal(chat.tea.unread, 1);
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.hear(':s 001 bob :hi bob!u@h', ':bob!u@h JOIN #tea bob :Bob', ':s MARKREAD #tea *', ':s 422 bob :none');
  chat.hear(':s BATCH +h chathistory #tea', ':s BATCH -h');
  chat.state.take();
  chat.state.markRead('#tea');
  assert.deepEqual(chat.sent, ['MARKREAD #tea timestamp=2023-11-14T22:13:21.000Z']);
});

test('invites are kept until they are accepted or declined; those of others are told in the room', () => {
  const chat = new Chat();
  chat.hear(':alice!u@h INVITE bob #milk', ':alice!u@h INVITE bob #MILK', ':alice!u@h INVITE carol #tea');
  assert.deepEqual(chat.state.invites.map(({ room, by }) => [room, by]), [['#MILK', 'alice']]);
  assert.equal(chat.tea.entries.at(-1).text, 'alice invited carol to #tea');
  chat.hear(':bob!u@h JOIN #milk bob :Bob');
  assert.deepEqual(chat.state.invites, []);
});

test('a renamed room is the same room', () => {
  const chat = new Chat();
  chat.hear('@msgid=1-1 :alice!u@h PRIVMSG #tea :hi');
  const { tea } = chat;
  chat.state.outbox.say('#tea', 'to the old name', { now: NOW });
  chat.hear('@msgid=1-2 :alice!u@h RENAME #tea #coffee :stronger', '@msgid=1-3;label=m1 :bob!u@h PRIVMSG #coffee :to the old name');
  assert.deepEqual([chat.of('#tea'), chat.of('#coffee') === tea, tea.name, tea.pending], [undefined, true, '#coffee', []]);
  assert.deepEqual(tea.entries.map(({ text }) => text), ['hi', 'alice renamed #tea to #coffee (stronger)', 'to the old name']);
});

test('a person with a new nick is the same person', () => {
  const chat = new Chat();
  chat.hear('@msgid=2-1 :alice!u@h PRIVMSG bob :psst', ':alice!u@h NICK anna', '@msgid=2-2 :anna!u@h PRIVMSG bob :me again');
  assert.deepEqual([chat.of('alice'), chat.of('anna').entries.length], [undefined, 2]);
  chat.hear(':bob!u@h NICK robert', '@msgid=1-5 :anna!u@h PRIVMSG #tea :robert?');
  assert.deepEqual([chat.state.nick, chat.tea.entries.at(-1).mention], ['robert', true]);
});

test('a room stays in the list after a kick, with the reason; it goes after a PART', () => {
  const chat = new Chat();
  chat.hear('@msgid=1-1 :alice!u@h KICK #tea bob :enough');
  assert.deepEqual([chat.tea.joined, chat.tea.entries.at(-1).text], [false, 'bob was removed by alice (enough)']);
  chat.hear(':bob!u@h JOIN #milk bob :Bob', '@msgid=5-1 :bob!u@h PART #milk');
  assert.equal(chat.of('#milk'), undefined);
});

test('a room whose JOIN was refused is not in the list', async () => {
  const chat = new Chat();
  const joining = chat.state.join('#secret');
  chat.hear('@label=a1 :s 473 bob #secret :for the invited');
  assert.deepEqual([errorIn(await joining).code, chat.of('#secret'), chat.state.notices], ['473', undefined, []]);
});

test("the account's favourites are asked for, and follow the server", () => {
  const chat = new Chat();
  assert.equal(chat.state.favourites, null);
  chat.hear(':s 770 bob avatar display-name soju.im/pinned', ':s BATCH +f metadata *ALL', '@batch=f :s METADATA #tea soju.im/pinned * :1', ':s BATCH -f');
  chat.hear(':s METADATA alice soju.im/pinned * :1');
  assert.deepEqual([...chat.state.favourites], ['#tea', 'alice']);
  chat.hear(':s RENAME #tea #milk :new', ':s METADATA alice soju.im/pinned * :0');
  assert.deepEqual([...chat.state.favourites], ['#milk']);
  chat.state.begin({ nick: 'bob', caps: CAPS });
  assert.equal(chat.state.favourites, null);
});

test('who joins a room again that they are in can write and read on', async () => {
  const chat = new Chat();
  const joining = chat.state.join('#tea');
  chat.hear('@label=a1 :s ACK', '@msgid=4-2 :alice!u@h PRIVMSG #tea :more tea?');
  assert.deepEqual([await joining, chat.tea.joining, chat.tea.entries.at(-1).text], [[], false, 'more tea?']);
  chat.state.take();
  chat.state.outbox.say('#tea', 'yes', { now: NOW });
  assert.ok(chat.sent.some((line) => line.endsWith('PRIVMSG #tea :yes')));
});

test('rooms that the server does not show after its welcome are left, where accounts stay in their rooms', () => {
  const chat = new Chat();
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.hear(':s 001 bob :hi bob!u@h', ':s PERSISTENCE STATUS DEFAULT ON', ':s 422 bob :none');
  assert.ok(!chat.sent.some((line) => line.includes('JOIN #')));
  chat.hear(':s PONG s :joins');
  assert.deepEqual([chat.tea, chat.state.notices.at(-1).text], [undefined, 'You are no longer in #tea']);
});

test('where accounts do not stay in their rooms, rooms are joined again', () => {
  const chat = new Chat();
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.hear(':s 001 bob :hi bob!u@h', ':s 422 bob :none');
  assert.ok(chat.sent.includes('JOIN #tea'));
});

test('notices of the server without a buffer are kept', () => {
  const chat = new Chat();
  chat.hear(':s NOTICE bob :backup at noon', ':s FAIL TOPIC TOO_LONG :too long', ':s WARN * OLD :be careful', ':s 481 bob :no', 'ERROR :bye');
  assert.deepEqual(chat.state.notices.map(({ text, code }) => [text, code]), [
    ['backup at noon', ''], ['too long', 'TOO_LONG'], ['be careful', 'OLD'], ['no', '481'], ['bye', 'ERROR'],
  ]);
});

test('capabilities come and go', () => {
  const chat = new Chat();
  const wanted = [];
  chat.state.wantsCaps = (names) => wanted.push(...names);
  chat.hear(':s CAP bob DEL :draft/multiline soju.im/search');
  assert.deepEqual([chat.state.has('soju.im/search'), chat.state.multiline], [false, null]);
  chat.hear(':s CAP bob NEW :draft/multiline=max-bytes=800 soju.im/search', ':s CAP bob ACK :draft/multiline soju.im/search');
  assert.deepEqual(wanted, ['draft/multiline', 'soju.im/search']);
  assert.deepEqual([chat.state.has('soju.im/search'), chat.state.multiline.bytes], [true, 800]);
});

const TABLE = [
  ':s ROOM * topic set=TOPIC;type=text;max=390;by=members :The topic',
  ':s ROOM * motd set=ROOM;type=text;max=390;by=operators;default=;says=a\\snew\\smessage\\sof\\sthe\\sday;says-=no\\smessage\\sof\\sthe\\sday :Message of the day',
  ':s ROOM * history set=ROOM;type=choice;choices=everyone,members;by=operators;default=everyone;says-members=members\\ssee\\smessages\\sfrom\\swhen\\sthey\\sjoined :Which messages members see',
  ':s ROOM * retention set=ROOM;type=number;min=0;max=36500;unit=days;by=operators;default=0;says=messages\\sare\\skept\\sfor\\s{}\\sdays;says-0=messages\\sare\\skept\\sforever :Days',
  ':s ROOM * slowmode set=ROOM;type=number;min=0;max=21600;unit=seconds;by=operators;default=0;says=members\\swait\\s{}\\sseconds\\sbetween\\smessages;says-0=slow\\smode\\sis\\soff :Slow mode',
  ':s ROOM * moderated set=MODE\\sm;type=flag;by=operators :Only operators and members with voice may speak',
  ':s ROOM * colour set=ROOM;type=rainbow;by=operators :Of a later server',
  ':s ROOM * theme set=PAINT;type=text;by=operators :Of a later server',
  ':s ROOM *',
];

test('the settings of rooms are what the server describes, without what this page does not know', () => {
  const chat = new Chat();
  chat.hear(...TABLE);
  assert.deepEqual([...chat.state.settings.keys()], ['topic', 'motd', 'history', 'retention', 'slowmode', 'moderated']);
  const { set, type, choices, says } = chat.state.settings.get('history');
  assert.deepEqual([set, type, choices, { ...says }], ['ROOM', 'choice', ['everyone', 'members'], { members: 'members see messages from when they joined' }]);
  const { min, max, unit, by, about } = chat.state.settings.get('slowmode');
  assert.deepEqual([min, max, unit, by, about], [0, 21600, 'seconds', 'operators', 'Slow mode']);
});

test('a change of a room\'s settings is described, and its answer to a question is no message', () => {
  const chat = new Chat();
  chat.hear(...TABLE);
  chat.hear('@msgid=1-1 :alice!u@h ROOM #tea history=members;retention=30', '@msgid=1-2 :alice!u@h ROOM #tea * :be kind', ':s ROOM #tea history=members;retention=30;founder=alice :be kind');
  chat.hear('@msgid=1-3 :alice!u@h ROOM #tea retention=0;colour=red', '@msgid=1-4 :alice!u@h ROOM #tea * :', '@msgid=1-5 :alice!u@h ROOM #tea founder=bob');
  assert.deepEqual(chat.tea.entries.map(({ text }) => text), [
    "alice changed the room's settings: members see messages from when they joined, messages are kept for 30 days",
    "alice changed the room's settings: a new message of the day: be kind",
    "alice changed the room's settings: messages are kept forever, colour: red",
    "alice changed the room's settings: no message of the day",
    'alice gave the room to bob',
  ]);
  const { history, retention, founder, motd } = chat.tea.settings;
  assert.deepEqual([history, retention, founder, motd], ['members', '0', 'bob', '']);
});

test('before the server has described a setting, a change names it', () => {
  const chat = new Chat();
  chat.hear('@msgid=1-1 :alice!u@h ROOM #tea slowmode=30');
  assert.deepEqual(chat.tea.entries.map(({ text }) => text), ["alice changed the room's settings: slowmode: 30"]);
});

test('the settings of the open room are asked for, once a connection', () => {
  const chat = new Chat();
  chat.state.take();
  chat.state.watch('#tea');
  assert.deepEqual(chat.state.take().filter((line) => line.startsWith('ROOM')), []);
  chat.hear(...TABLE);
  assert.deepEqual(chat.state.take().filter((line) => line.startsWith('ROOM')), ['ROOM #tea']);
  chat.state.watch('#tea');
  chat.hear(...TABLE, ':s ROOM #tea slowmode=30 :');
  assert.deepEqual(chat.state.take().filter((line) => line.startsWith('ROOM')), []);
  assert.equal(chat.tea.settings.slowmode, '30');
});

test('slow mode: one waits from a message that was stored, or as long as the server says', () => {
  const chat = new Chat();
  chat.hear(...TABLE, ':s ROOM #tea slowmode=30 :');
  assert.equal(chat.tea.waitUntil(''), 0);
  const unknown = new Chat();
  unknown.state.outbox.say('#tea', 'one', { now: NOW });
  unknown.hear('@label=m1 :s 404 bob #tea :Slow mode is on in this room: wait 7 seconds');
  assert.deepEqual([unknown.tea.settings, unknown.tea.waitUntil('')], [{}, NOW + 7000]);
  chat.state.outbox.say('#tea', 'one', { now: NOW });
  chat.hear('@label=m1;msgid=1-1 :bob!u@h PRIVMSG #tea one');
  assert.deepEqual([chat.tea.waitUntil(''), chat.tea.waitUntil('@'), chat.tea.waitUntil('+')], [NOW + 30_000, 0, 0]);
  chat.state.outbox.say('#tea', 'two', { now: NOW });
  chat.hear('@label=m2 :s 404 bob #tea :Slow mode is on in this room: wait 1200 seconds');
  assert.equal(chat.tea.waitUntil(''), NOW + 1_200_000);
  assert.match(chat.tea.pending[0].failed, /wait 1200 seconds/);
  chat.hear('@msgid=1-2 :alice!u@h ROOM #tea slowmode=0');
  assert.equal(chat.tea.waitUntil(''), 0);
});

test('a history request without an answer breaks the connection rather than leave a gap', () => {
  const chat = new Chat();
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.hear(':s 001 bob :hi bob!u@h', ':bob!u@h JOIN #tea bob :Bob', ':s 422 bob :none');
  const fence = chat.state.take().findLast((line) => line.startsWith('PING page'));
  chat.hear(`:s PONG s :${fence.slice(5)}`);
  assert.equal(chat.state.broken, 'the server sent no history');
});

test('a line without parameters does no harm', () => {
  for (const command of 'PRIVMSG NOTICE TAGMSG REDACT JOIN PART KICK QUIT NICK MODE TOPIC RENAME INVITE AWAY ACCOUNT CHGHOST MARKREAD METADATA ROOM BATCH FAIL WARN NOTE CAP PONG PERSISTENCE ERROR ACK 001 005 305 306 331 332 353 354 366 401 404 412 730 731 761 766 770 774 __proto__ constructor'.split(' ')) {
    const chat = new Chat();
    for (const line of [command, `:s ${command}`, `:s ${command} #tea`, `:bob!u@h ${command} x`, `:alice!u@h ${command} #tea`, `@label=a9;batch=zz :s ${command} :`]) {
      chat.hear(line);
    }
  }
});

/** Ask for older lines of a buffer; what came of it by now: 'open', an answer, or a refusal's code. */
async function older(chat, buffer) {
  let found = 'open';
  const done = { resolve: (value) => (found = value), reject: (error) => (found = error.code) };
  chat.state.history.older(buffer, 50, '', done);
  return () => found;
}

test('asking for older lines in a loop ends: each answer goes further back, or says that there is nothing older', async () => {
  const chat = new Chat();
  const nobody = chat.state.buffer('nobody');
  assert.deepEqual((await older(chat, nobody))(), { count: 0, complete: true, moved: false });
  assert.equal(nobody.complete, true);

  chat.tea.timeline.after = '';
  chat.tea.complete = false;
  chat.hear('@time=2023-11-14T22:13:20.000Z;msgid=1-5 :alice!u@h PRIVMSG #tea :5');
  const page = (...places) => [
    ':s BATCH +o chathistory #tea',
    ...places.map((place) => `@batch=o;time=2023-11-14T22:13:${10 + place}.000Z;msgid=1-${place} :alice!u@h PRIVMSG #tea :${place}`),
    ':s BATCH -o',
  ];
  const many = Array.from({ length: 50 }, () => 10); // no older than what is here
  const same = await older(chat, chat.tea);
  chat.hear(...page(...many));
  assert.deepEqual(same(), { count: 50, complete: false, moved: false });
  const further = await older(chat, chat.tea);
  chat.hear(...page(4));
  assert.deepEqual(further(), { count: 1, complete: true, moved: true });
});

test('older lines are delivered after catching up, and refused when the connection is lost', async () => {
  const chat = new Chat();
  chat.state.lost();
  chat.state.begin({ nick: 'bob', caps: CAPS });
  chat.hear(':s 005 bob CHATHISTORY=100 :are supported', ':s 422 bob :none', ':bob!u@h JOIN #tea bob :Bob');
  chat.tea.timeline.coverage.spans = [];
  const waits = await older(chat, chat.tea);
  assert.equal(waits(), 'open');
  chat.hear(':s BATCH +h chathistory #tea', ':s BATCH -h');
  assert.equal(waits().moved, true);
  chat.tea.timeline.hold();
  const lost = await older(chat, chat.tea);
  chat.state.lost();
  assert.equal(lost(), 'LOST');
});

test('a message to an unknown nick marks the buffer', () => {
  const chat = new Chat();
  chat.state.outbox.say('nobody', 'hi', { now: NOW });
  chat.hear('@label=m1 :s 401 bob nobody :there is nobody of that name');
  assert.equal(chat.of('nobody').unknown, true);
  assert.deepEqual(chat.of('nobody').pending.map((one) => one.failed), ['there is nobody of that name']);
  chat.hear(':s 730 bob :nobody!u@h');
  assert.equal(chat.of('nobody').unknown, false);
});

test('a link has a preview, also one that comes before its message; a removed message has none', () => {
  const chat = new Chat([...CAPS]);
  const words = 'title=Tea\\sfor\\stwo;site=example.org;image=previews/abc;width=20;height=10;url=https://example.org/';
  chat.hear('@msgid=m1 :alice!u@h PRIVMSG #tea :see https://example.org/', `:s PREVIEW #tea m1 ${words}`, `:s PREVIEW #tea m2 ${words}`);
  chat.hear('@msgid=m2 :alice!u@h PRIVMSG #tea :and https://example.org/');
  const shown = { url: 'https://example.org/', title: 'Tea for two', description: '', site: 'example.org', image: 'previews/abc', width: 20, height: 10 };
  assert.deepEqual(chat.tea.entries.slice(-2).map((one) => one.preview), [shown, shown]);
  chat.hear(':alice!u@h REDACT #tea m1 :oops', `:s PREVIEW #tea m1 ${words}`, `:s PREVIEW #none m1 ${words}`, ':s PREVIEW');
  assert.equal(chat.tea.entries.find((one) => one.msgid === 'm1').preview, null);
});

test('a preview names no picture but the server\'s own', () => {
  for (const image of ['https://evil.example/x.png', '//evil.example/x', 'previews/../x', '/previews/x', 'files/x/y']) {
    assert.equal(previewIn(`title=x;image=${image};width=1e9;height=5`).image, '');
  }
  assert.deepEqual([previewIn('width=5').width, previewIn('*').title, previewIn().url], [0, '', '']);
});

/** A session whose commands the test answers. */
function answering(answers) {
  const sent = [];
  return { sent, ask: async (command, params) => {
    sent.push([command, ...params].join(' '));
    return answers.shift().map((text) => parse(text));
  } };
}

test('the webhooks of a room', async () => {
  const session = answering([
    [':s HOOK LIST #tea 1 direction=in;state=on;owner=alice;used=2026-11-29T12:00:00.000Z :CI',
      ':s HOOK LIST #tea 2 direction=out;state=off;trigger=word;word=deploy;url=https://x.example/;answers=1;error=gone :Deploy', ':s HOOK LIST #tea *'],
    [':s HOOK ADD #tea 3 url=https://chat.example/hooks/t :CI'], [':s HOOK RENEW #tea 2 secret=whsec_x :Deploy'],
    [':s HOOK ADD #tea 4 secret=whsec_y :D'], [':s 421 bob HOOK :Unknown command'], [':s FAIL HOOK OPERATORS_ONLY #tea :You are no operator'],
  ]);
  const [first, second] = await webhooks(session, '#tea');
  assert.deepEqual([first.id, first.name, first.direction, first.enabled, first.used], ['1', 'CI', 'in', true, Date.UTC(2026, 10, 29, 12)]);
  assert.deepEqual([second.enabled, second.trigger, second.word, second.answers, second.error], [false, 'word', 'deploy', true, 'gone']);
  assert.equal((await addWebhook(session, '#tea', { direction: 'in', name: 'CI' })).url, 'https://chat.example/hooks/t');
  assert.equal((await renewWebhook(session, '#tea', '2')).secret, 'whsec_x');
  await addWebhook(session, '#tea', { direction: 'out', name: 'D', url: 'https://x.example/a;b', trigger: 'all', word: 'ignored' });
  assert.equal(await webhooks(session, '#tea'), null);
  await assert.rejects(webhooks(session, '#tea'), { code: 'OPERATORS_ONLY' });
  assert.deepEqual(session.sent.slice(1, 4), ['HOOK ADD #tea in * CI', 'HOOK RENEW #tea 2', 'HOOK ADD #tea out url=https://x.example/a\\:b;trigger=all D']);
});

test('what one wants to be told of: levels, muted until, words of one\'s own, quiet hours', async () => {
  const chat = new Chat();
  const { notify } = chat.state;
  const say = (number, text) => chat.hear(`@msgid=n${number};time=2030-01-01T00:00:0${number}.000Z :alice!u@h PRIVMSG #tea :${text}`);
  const tea = () => buffersOf(chat.state).find(({ name }) => name === '#tea');
  chat.tea.read(NOW);
  say(1, 'cake?');
  assert.deepEqual([tea().unread, tea().mentions, tea().level], [1, 0, 'mentions']);
  chat.hear(':s NOTIFY LIST * rooms=mentions;direct=nothing;keywords=cake,tea;quiet=22:00-07:00;zone=Europe/Berlin',
    `:s NOTIFY LIST #tea level=all;muted-until=${new Date(NOW + 1000).toISOString()}`, ':s NOTIFY LIST *');
  assert.deepEqual([tea().mentions, tea().level, tea().muted, notify.level('bob', NOW)], [0, 'nothing', true, 'nothing']);
  assert.equal(chat.state.tick(NOW), NOW + 1000);
  chat.state.tick(NOW + 1000);
  assert.deepEqual([tea().mentions, tea().level, tea().muted], [1, 'all', false]);
  chat.hear(':s NOTIFY SET #Tea level=default;muted-until=');
  say(2, 'Cakes');
  say(3, 'more CAKE!');
  assert.deepEqual([tea().unread, tea().mentions], [3, 1]);
  const at = (hour) => Date.UTC(2026, 0, 5, hour, 0);
  assert.deepEqual([20, 21, 5, 6].map((hour) => notify.quietAt(at(hour))), [false, true, true, false]);
  chat.hear(':s NOTIFY SET * rooms=all;direct=all;keywords=;quiet=09:00-10:00;zone=Nowhere/Land', ':s NOTIFY LIST', ':s NOTIFY SET #x');
  assert.deepEqual([9, 10].map((hour) => notify.quietAt(at(hour))), [true, false]);
  assert.equal(notify.mentions('cake'), false);
  chat.hear(':s NOTIFY SET #tea level=nothing;muted-until=', ':alice!u@h RENAME #tea #coffee :');
  assert.deepEqual([notify.level('#coffee', NOW), notify.level('#tea', NOW)], ['nothing', 'all']);
});

test('setting it says only what changes', async () => {
  const session = answering([[':s NOTIFY SET #tea level=all;muted-until='], [], [], [], [':s FAIL NOTIFY NO_SUCH_ROOM #x :There is no #x']]);
  await setNotify(session, '#tea', { level: 'default' });
  await setNotify(session, '#tea', { until: NOW });
  await setNotify(session, '#tea', { until: 0 });
  await setNotifyAll(session, { keywords: [], quiet: '', rooms: 'all' });
  assert.deepEqual(session.sent, [
    'NOTIFY SET #tea level=default', `NOTIFY SET #tea muted-until=${new Date(NOW).toISOString()}`, 'NOTIFY SET #tea muted-until=',
    'NOTIFY SET * rooms=all;keywords=;quiet=',
  ]);
  await assert.rejects(setNotify(session, '#x', { level: 'all' }), { code: 'NO_SUCH_ROOM' });
});

test('an edited message has its newest text, in whatever order the edits come; a removed one has none', () => {
  const chat = new Chat();
  const edit = (second, text, of = 'e1') => `@time=2030-01-01T00:00:0${second}.000Z;draft/target-msgid=${of};draft/edit-text=${text} :alice!u@h EDIT #tea`;
  chat.hear('@msgid=e1;time=2030-01-01T00:00:01.000Z :alice!u@h PRIVMSG #tea :helo', edit(4, 'hello\\sall'), edit(3, 'hello'), edit(5, 'late', 'e2'), ':alice!u@h EDIT #tea');
  const of = (msgid) => chat.tea.entries.find((one) => one.msgid === msgid);
  assert.deepEqual([of('e1').text, of('e1').edited], ['hello all', Date.UTC(2030, 0, 1, 0, 0, 4)]);
  chat.hear('@msgid=e2;time=2030-01-01T00:00:02.000Z :alice!u@h PRIVMSG #tea :early', '@msgid=e3;time=2030-01-01T00:00:06.000Z;chatstore/edited=2030-01-01T00:00:07.000Z :alice!u@h PRIVMSG #tea :new');
  assert.deepEqual([of('e2').text, of('e3').edited > 0], ['late', true]);
  chat.hear(':alice!u@h REDACT #tea e1', edit(9, 'back'));
  assert.equal(of('e1').text, '');
  chat.hear('@msgid=p1;time=2030-01-01T00:00:09.000Z :alice!u@h PIN #tea e2');
  assert.equal(chat.tea.entries.at(-1).text, 'alice pinned a message');
});

test('bots among the members are known by WHO, and by what they say', () => {
  const chat = new Chat();
  chat.hear(':s 005 bob BOT=B :are supported', ':s 354 bob 152 #tea alice HB@ alice');
  const isBot = (nick) => chat.tea.members.of(nick).bot;
  assert.deepEqual([isBot('alice'), isBot('bob')], [true, false]);
  chat.hear(':builds!u@h JOIN #tea builds :Builds', '@bot;msgid=x1 :builds!u@h PRIVMSG #tea :done', '@bot;msgid=x2 :CI/hook!u@h PRIVMSG #tea :done');
  assert.equal(isBot('builds'), true);
  assert.equal(chat.tea.members.of('CI/hook'), undefined);
});
