/** Which dialog stands over the page: by the kind that page.show() named. */

import { Account } from './account.js';
import { Direct } from './direct-dialog.js';
import { Help } from './help.js';
import { useHere } from './here.js';
import { html } from './html.js';
import { Join } from './join-dialog.js';
import { Person } from './person-dialog.js';
import { Picker } from './picker.js';
import { Remove } from './remove-dialog.js';
import { Room } from './room-dialog.js';
import { Switch } from './switch-dialog.js';

const KINDS = {
  account: Account, direct: Direct, help: Help, join: Join, person: Person, react: Picker, remove: Remove, room: Room,
  switch: Switch,
};

export function Dialogs() {
  const { page } = useHere();
  if (!page.dialog) return null;
  const { kind, ...more } = page.dialog;
  return html`<${KINDS[kind]} key=${kind} ...${more} close=${() => page.close()} />`;
}
