/** Administration: the lines that are sent, and how answers are read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Administration } from '../../../chatstore/web/irc/administration.js';
import { attributesIn, countsIn } from '../../../chatstore/web/irc/attributes.js';
import { handleLine } from '../../../chatstore/web/irc/handlers.js';
import { parse } from '../../../chatstore/web/irc/line.js';
import { CAPS, registrationIn } from '../../../chatstore/web/irc/login.js';
import { ChatState } from '../../../chatstore/web/irc/state.js';
import { endOf } from '../../../chatstore/web/ui/ends.js';

const NOW = 1_800_000_000_000;

/** A signed-in administrator; `asks` sends, and gives the lines of the answer. */
class Chat {
  chat = new ChatState();
  administration = new Administration(this);

  constructor(...answers) {
    this.answers = answers;
    this.sent = [];
    this.chat.begin({ nick: 'ann', account: 'ann', caps: CAPS });
    this.hear(':s 001 ann :Welcome, ann!u@h', ':s 422 ann :none');
    this.welcome = this.chat.take();
  }

  hear(...lines) {
    for (const line of lines) handleLine(this.chat, parse(line), NOW);
  }

  /** As Session.act(). */
  act(job) {
    return job();
  }

  /** As Session.ask(): the next answer. */
  async ask(command, params) {
    this.sent.push([command, ...params].join(' '));
    return this.answers.shift().map(parse);
  }
}

test('after the welcome the page asks whether it may administer, and hears when a count changes', () => {
  const chat = new Chat();
  assert.ok(chat.welcome.includes('PEOPLE ALLOWED'));
  chat.hear(':s PEOPLE ALLOWED waiting=2;reports=1');
  assert.deepEqual(chat.chat.administration, { waiting: 2, reports: 1, warnings: 0 });
  chat.hear(':s PEOPLE ALLOWED *');
  assert.deepEqual(chat.chat.administration, { waiting: 0, reports: 0, warnings: 0 });
  chat.hear(':s FAIL PEOPLE ADMIN_REQUIRED :only administrators may');
  assert.deepEqual([chat.chat.administration, chat.chat.notices], [null, []]);
  assert.deepEqual(countsIn(parse('PEOPLE ALLOWED')), { waiting: 0, reports: 0, warnings: 0 });
});

test('a count that an act of ours changes is heard, though its answer is for the caller alone', async () => {
  const chat = new Chat();
  chat.hear(':s PEOPLE ALLOWED waiting=1');
  const answer = chat.chat.ask('PEOPLE', ['APPROVE', 'carol'], { quiet: true });
  chat.hear('@label=a1 :s BATCH +x labeled-response', '@batch=x :s PEOPLE ALLOWED *', '@batch=x :s PEOPLE APPROVE carol', ':s BATCH -x');
  assert.deepEqual((await answer).map(({ params }) => params[0]), ['ALLOWED', 'APPROVE']);
  assert.equal(chat.chat.administration.waiting, 0);
});

test('a new connection asks anew: nobody stays an administrator by having been one', async () => {
  const chat = new Chat([':s FAIL PEOPLE ADMIN_REQUIRED :only administrators may'], [':s FAIL BAN OWN_BAN :no']);
  const again = (caps) => {
    chat.hear(':s PEOPLE ALLOWED waiting=2');
    chat.chat.lost();
    chat.chat.begin({ nick: 'ann', account: 'ann', caps });
  };
  again(CAPS);
  assert.equal(chat.chat.administration.waiting, 2, 'until the answer');
  chat.hear(':s FAIL PEOPLE ADMIN_REQUIRED :only administrators may');
  assert.equal(chat.chat.administration, null);
  again([]);
  assert.equal(chat.chat.administration, null, 'a server without administration');
  chat.hear(':s PEOPLE ALLOWED *');
  await assert.rejects(chat.administration.people(), { code: 'ADMIN_REQUIRED' });
  assert.equal(chat.chat.administration, null, 'it was taken away meanwhile');
  chat.hear(':s PEOPLE ALLOWED *');
  await assert.rejects(chat.administration.ban('1.2.3.4', 0, 'x'), { code: 'OWN_BAN' });
  assert.notEqual(chat.chat.administration, null);
});

test('attributes: times in ms, counts as numbers, everything else as it is', () => {
  const found = attributesIn('role=admin;seen=2026-11-29T12:00:00.000Z;online=2;reason=12;until=soon;__proto__=x');
  assert.deepEqual({ ...found }, { role: 'admin', seen: Date.UTC(2026, 10, 29, 12), online: 2, reason: '12', until: 'soon' });
  assert.deepEqual({ ...attributesIn('*') }, {});
});

test('a list goes on after its last name, while pages are full', async () => {
  const full = Array.from({ length: 50 }, (_, number) => `:s PEOPLE LIST p${number} role=user;status=active`);
  const chat = new Chat([...full, ':s PEOPLE LIST *'], [':s PEOPLE LIST zed status=suspended;reason=too\\sloud\\:\\sno', ':s PEOPLE LIST *']);
  const first = await chat.administration.people({ match: 'a b' });
  assert.deepEqual([first.rows.length, first.more], [50, 'p49']);
  const last = await chat.administration.people({ match: 'a b', after: first.more });
  assert.deepEqual(last, { rows: [{ name: 'zed', status: 'suspended', reason: 'too loud; no' }], more: '' });
  assert.deepEqual(chat.sent, ['PEOPLE LIST match=a\\sb;limit=50', 'PEOPLE LIST match=a\\sb;after=p49;limit=50']);
});

test('invitations come newest first, the open ones unless others are asked for', async () => {
  const full = Array.from({ length: 50 }, (_, at) => `:s INVITATION LIST ${90 - at} role=user;by=ann;state=open`);
  const chat = new Chat([...full, ':s INVITATION LIST *'], [':s INVITATION LIST 7 role=user;state=used', ':s INVITATION LIST *']);
  assert.equal((await chat.administration.invitations()).more, '41');
  const last = await chat.administration.invitations({ state: 'all', before: '41' });
  assert.deepEqual(last, { rows: [{ id: '7', role: 'user', state: 'used' }], more: '' });
  assert.deepEqual(chat.sent, ['INVITATION LIST state=open;limit=50', 'INVITATION LIST state=all;before=41;limit=50']);
});

test('an account with its rooms; the lists of one account and of one room end at the star', async () => {
  const chat = new Chat(
    [':s PEOPLE SHOW bob role=user;status=active;devices=2;rooms=#a\\s~@,#b'],
    [':s PEOPLE DEVICES bob 7 used=2026-11-29T12:00:00.000Z;scopes=read;rooms=* :my laptop', ':s PEOPLE DEVICES bob *'],
    [':s ROOMS MEMBERS #a bob role=@;online=1', ':s ROOMS MEMBERS #a cy joined=2026-11-29T12:00:00.000Z', ':s ROOMS MEMBERS #a *'],
  );
  assert.deepEqual((await chat.administration.account('bob')).rooms, [{ name: '#a', prefix: '~@' }, { name: '#b', prefix: '' }]);
  assert.deepEqual(await chat.administration.devices('bob'), [
    { id: '7', label: 'my laptop', scopes: 'read', rooms: '', used: Date.UTC(2026, 10, 29, 12) },
  ]);
  assert.deepEqual((await chat.administration.members('#a')).rows.map(({ nick, role }) => [nick, role]), [['bob', '@'], ['cy', '']]);
});

test('reports and members come page by page', async () => {
  const reports = Array.from({ length: 50 }, (_, n) => `:s REPORTS LIST ${n + 1} room=#a;author=eve;by=bob :`);
  const members = Array.from({ length: 50 }, (_, n) => `:s ROOMS MEMBERS #a p${n} online=1`);
  const chat = new Chat(
    [...reports, ':s REPORTS LIST *'], [':s REPORTS LIST 51 room=#a;author=eve;by=bob :', ':s REPORTS LIST *'], [...reports, ':s REPORTS LIST *'], [':s REPORTS LIST *'],
    [...members, ':s ROOMS MEMBERS #a *'], [':s ROOMS MEMBERS #a zed *', ':s ROOMS MEMBERS #a *'],
  );
  const { administration } = chat;
  assert.equal((await administration.reports()).more, '50');
  assert.deepEqual((await administration.reports('open', '50')).rows.map(({ id }) => id), ['51']);
  assert.equal((await administration.reports('closed')).more, '50');
  assert.deepEqual(await administration.reports('closed', '50'), { rows: [], more: '' });
  assert.equal((await administration.members('#a', { match: 'p' })).more, 'p49');
  assert.deepEqual(await administration.members('#a', { match: 'p', after: 'p49' }), { rows: [{ nick: 'zed', role: '' }], more: '' });
  assert.deepEqual(chat.sent, [
    'REPORTS LIST state=open;limit=50', 'REPORTS LIST state=open;after=50;limit=50',
    'REPORTS LIST state=closed;limit=50', 'REPORTS LIST state=closed;before=50;limit=50',
    'ROOMS MEMBERS #a match=p;limit=50', 'ROOMS MEMBERS #a match=p;after=p49;limit=50',
  ]);
});

test('acts say what to do, and a refusal has its code', async () => {
  const chat = new Chat(
    [':s PEOPLE SUSPEND eve * :too loud'], [':s PEOPLE SUSPEND eve 2026-11-29T12:00:00.000Z :x'],
    [':s PEOPLE RESET bob csi_x 2026-11-29T12:00:00.000Z :https://chat/#invite=csi_x'],
    [':s PEOPLE RESET bob csi_x 2026-11-29T12:00:00.000Z :'],
    [':s FAIL PEOPLE PASSWORD_REQUIRED :this needs your password'], [':s 381 ann :You are an operator'],
    [':s INVITATION CREATE csi_y 2026-11-29T12:00:00.000Z * :https://chat/#invite=csi_y'], [':s FAIL BAN OWN_BAN 1.2.3.4 :no'], [],
  );
  const { administration } = chat;
  await administration.suspend('eve', 0, 'too loud');
  await administration.suspend('eve', Date.UTC(2026, 10, 29, 12), 'x');
  assert.deepEqual(await administration.reset('bob'), { link: 'https://chat/#invite=csi_x', expires: Date.UTC(2026, 10, 29, 12) });
  assert.equal((await administration.reset('bob')).link, 'csi_x', 'a server without a page gives the code');
  await assert.rejects(administration.setAdmin('bob', true), { code: 'PASSWORD_REQUIRED' });
  await administration.confirm('correct horse');
  await administration.invite({ admin: true, days: '1' });
  await assert.rejects(administration.ban('1.2.3.4', 0, 'x'), { code: 'OWN_BAN' });
  await assert.rejects(administration.remove('bob'), { code: 'NO_ANSWER' });
  assert.deepEqual(chat.sent, [
    'PEOPLE SUSPEND eve * too loud', 'PEOPLE SUSPEND eve 2026-11-29T12:00:00.000Z x', 'PEOPLE RESET bob', 'PEOPLE RESET bob',
    'PEOPLE ADMIN bob on', 'OPER ann correct horse', 'INVITATION CREATE * admin=1;days=1', 'BAN ADD 1.2.3.4 * x', 'PEOPLE REMOVE bob',
  ]);
});

test('changed settings of a room are answered as the question for them', async () => {
  const chat = new Chat([':s ROOMS SHOW #a retention=30;history=members :Be kind'], [':s ROOMS SHOW #a retention=30 :']);
  assert.deepEqual({ ...await chat.administration.setRoom('#a', { retention: '30' }) }, { retention: '30', history: 'members', motd: 'Be kind' });
  await chat.administration.setRoom('#a', { motd: '' });
  assert.deepEqual(chat.sent, ['ROOMS SET #a retention=30', 'ROOMS SET #a * ']);
});

test('reports, the audit log and the status', async () => {
  const chat = new Chat(
    [':s REPORTS LIST 5 room=*;author=eve;by=bob;text=a\\sb;state=closed;closed=2026-11-29T12:00:00.000Z :insults', ':s REPORTS LIST 6 room=#a;author=eve;by=bob', ':s REPORTS LIST *'],
    [':s AUDIT LIST 71 2026-11-29T12:00:00.000Z account.suspend by=alice;about=eve;says=suspended\\seve :spam', ':s AUDIT LIST *'],
    [':s AUDIT LIST *'],
    [':s STATUS version=1;uptime=61', ':s STATUS WARNING disk :The disk is full', ':s STATUS *'],
  );
  const { rows: [closed, open], more } = await chat.administration.reports('closed');
  assert.equal(more, '');
  assert.deepEqual([closed.text, closed.reason, closed.closed, open.text, open.closed], ['a b', 'insults', Date.UTC(2026, 10, 29, 12), undefined, 0]);
  const { rows } = await chat.administration.audit({ by: 'alice', since: Date.UTC(2026, 10, 1) });
  assert.deepEqual(rows, [{ id: '71', time: Date.UTC(2026, 10, 29, 12), action: 'account.suspend', detail: 'spam', by: 'alice', about: 'eve', says: 'suspended eve' }]);
  await chat.administration.audit({ rooms: true });
  assert.deepEqual(await chat.administration.status(), { version: '1', uptime: 61, warnings: [{ key: 'disk', text: 'The disk is full' }] });
  assert.deepEqual(chat.sent.slice(1, 3), ['AUDIT LIST by=alice;since=2026-11-01T00:00:00.000Z;limit=50', 'AUDIT LIST rooms=1;limit=50']);
});

test('ends of suspensions, and who may create an account', () => {
  assert.deepEqual([endOf(''), endOf('3600000', 5)], [0, 3_600_005]);
  const value = (text) => registrationIn({ 'draft/account-registration': text, 'chatstore/accounts': '' });
  assert.deepEqual([value(''), value('before-connect,chatstore-approval'), registrationIn({ 'chatstore/accounts': '' }), registrationIn({})],
    ['open', 'approval', 'invite', 'closed']);
});
