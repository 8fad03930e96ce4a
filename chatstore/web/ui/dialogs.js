/** The open dialog, by the kind given to page.showDialog(). */

import { Account } from './account-dialog.js';
import { Direct } from './direct-dialog.js';
import { Help } from './help-dialog.js';
import { useApp } from './hooks.js';
import { html } from './html.js';
import { Join } from './join-dialog.js';
import { Person } from './person-dialog.js';
import { Picker } from './emoji-picker.js';
import { Remove } from './remove-dialog.js';
import { Room } from './room-dialog.js';
import { SwitchDialog } from './switch-dialog.js';

const KINDS = {
  account: Account, direct: Direct, help: Help, join: Join, person: Person, react: Picker, remove: Remove, room: Room,
  switch: SwitchDialog,
};

export function Dialogs() {
  const { page } = useApp();
  if (!page.dialog) return null;
  const { kind, ...more } = page.dialog;
  return html`<${KINDS[kind]} key=${kind} ...${more} close=${() => page.closeDialog()} />`;
}
