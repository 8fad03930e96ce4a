/** New accounts that wait for an administrator's approval. */

import { Acts } from './acts.js';
import { approvals } from './admin-account.js';
import { useApp } from './hooks.js';
import { html } from './html.js';
import { PagedList, useWhole } from './paged-list.js';
import { Avatar } from './person.js';
import { shortTime } from './time-format.js';
import { useTold } from './told.js';

export function Waiting({ online, count }) {
  const { client } = useApp();
  const [told, tell] = useTold();
  const pages = useWhole(`${online} ${count}`, () => client.administration.waiting());
  const done = (text) => {
    tell(text);
    pages.again();
  };
  return html`${told}
    <${PagedList} pages=${pages} label="Accounts that wait" empty="Nobody waits. Where the server asks for approval, new accounts appear here." keyOf=${(one) => one.name}
      render=${({ name, created, address }) => html`<div class="admin-row still"><${Avatar} nick=${name} />
        <span class="admin-what"><span class="admin-name" dir="auto">${name}</span>
          <span class="hint">${[created && `Asked ${shortTime(created)}`, address && `from ${address}`].filter(Boolean).join(' ')}</span></span>
        <${Acts} about=${name} acts=${approvals(name, client.administration)} onDone=${done} /></div>`} />`;
}
