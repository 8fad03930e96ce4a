/** Accounts by invitation, on a real server with an admin named root; run by test_two_clients.py. */

import assert from 'node:assert/strict';

import { Client } from '../../../chatstore/web/irc/client.js';
import { storage } from './memory.js';

const [url, password] = process.argv.slice(2);
const page = () => new Client({ url, storage: storage() });
const [root, carol, other] = [page(), page(), page()];

assert.equal(await carol.registration(), 'invite');
await assert.rejects(carol.register({ account: 'carol', password }), { code: 'INVITATION_REQUIRED' });
await assert.rejects(carol.checkInvitation('csi_nothing'), { code: 'INVALID_CODE' });
await root.signIn({ account: 'root', password });
const link = await root.createInvitation('carol');
const [address, code] = link.split('#invite=');
assert.equal(new URL(address).port, new URL(url).port);
const { role, name, expires } = await carol.checkInvitation(code);
assert.deepEqual([role, name, Date.parse(expires) > Date.now()], ['user', 'carol', true]);
await assert.rejects(other.register({ account: 'mallory', password, code }), { code: 'BAD_ACCOUNT_NAME' });
await carol.register({ account: 'carol', password, code });
assert.equal(carol.state.account, 'carol');
await assert.rejects(other.checkInvitation(code), { code: 'INVALID_CODE' });
await assert.rejects(carol.createInvitation(), { code: 'ADMIN_REQUIRED' });
await root.signOut();
await carol.signOut();
console.log('all is well');
process.exit(0);
