/** The entry point of the page. */

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
client.subscribe(() => {
  if (client.favourites !== null) page.keepFavourites(client.favourites);
});
render(html`<${App} client=${client} page=${page} invitation=${invitation} />`, document.getElementById('page'));
// Last: where a browser blocks service workers with an error, the page is already there.
new Updates(page).begin();
