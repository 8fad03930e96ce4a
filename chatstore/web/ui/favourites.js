/** Favourite conversations. The server keeps those of accounts, for all devices; this browser those of guests. */

import { fold } from '../irc/names.js';

export function isFavourite({ client, page }, name) {
  return client.favourites?.has(fold(name)) ?? page.isFavourite(name);
}

/** Whether it can be set now: what an account has, once the server has told that; what a guest has, once it is known that
 * one is a guest. */
export function maySetFavourite({ client }) {
  const { connection, account } = client.state;
  return connection.status === 'online' && (client.favourites !== null || account === '');
}

export function setFavourite({ client, page }, name, yes) {
  if (client.favourites === null) page.setFavourite(name, yes);
  else client.setFavourite(name, yes).catch(page.showError);
}
