/** The webhooks of all rooms: who owns them, when they were used, and what is wrong with them. */

import { useApp } from './hooks.js';
import { html } from './html.js';
import { PagedList, usePages } from './paged-list.js';
import { Webhook } from './room-webhooks.js';
import { useTold } from './told.js';

export function Webhooks({ online }) {
  const { client } = useApp();
  const [told, tell] = useTold();
  const pages = usePages(`${online}`, (after) => client.administration.webhooks(after));
  const done = (text) => {
    tell(text);
    pages.again();
  };
  return html`<p class="hint">Other programs that say something in a room, or are told what is said there. Operators make them in the settings of their room.</p>
    ${told}
    <${PagedList} pages=${pages} label="Webhooks" empty="No room has a webhook." keyOf=${({ id }) => id}
      render=${({ room, ...hook }) => html`<${Webhook} hook=${hook} room=${room} named onDone=${done} />`} />`;
}
