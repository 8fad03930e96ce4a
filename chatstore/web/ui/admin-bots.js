/** The bots of everybody and of the server: whose they are, when they were seen, and their end. */

import { Bot } from './bots.js';
import { useApp } from './hooks.js';
import { html, useState } from './html.js';
import { Filter, PagedList, useSettled, useWhole } from './paged-list.js';
import { useTold } from './told.js';

export function BotAccounts({ online }) {
  const { client } = useApp();
  const [typed, setTyped] = useState('');
  const match = useSettled(typed.trim().toLowerCase());
  const [told, tell] = useTold();
  const fits = ({ name, owner }) => [name, owner].some((text) => text.toLowerCase().includes(match));
  const pages = useWhole(`${online}`, () => client.administration.bots(), { picked: match, fits });
  const done = (text) => {
    tell(text);
    pages.again();
  };
  return html`<p class="hint">The accounts of programs, which sign in by tokens. People make their own in their settings.</p>
    <div class="filters"><${Filter} label="Find by name or owner" value=${typed} onChange=${setTyped} /></div>
    ${told}
    <${PagedList} pages=${pages} label="Bots" empty=${match ? 'No bots match.' : 'There are no bots.'} keyOf=${({ name }) => name}
      render=${(bot) => html`<${Bot} bot=${bot} owned onDone=${done} />`} />`;
}
