/** The page begins here. */

import { Cache } from '../irc/cache.js';
import { Client } from '../irc/client.js';
import { App } from './app.js';
import { deviceName } from './device-name.js';
import { html, render } from './html.js';
import { takeInvitation } from './invitation.js';
import { Page } from './page.js';
import { Updates } from './updates.js';

const address = new URL('./', location.href);
address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
address.hash = '';
address.search = '';

const invitation = takeInvitation();
const client = new Client({ url: address.href, cache: new Cache(), device: deviceName() });
const page = new Page();
render(html`<${App} client=${client} page=${page} invitation=${invitation} />`, document.getElementById('page'));
// Behind it: where a browser forbids service workers by an error, the page is there already.
new Updates(page).begin();
