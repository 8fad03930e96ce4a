/** The open dialog, by the kind given to page.showDialog(). */

import { AccountDialog } from './account-dialog.js';
import { DirectDialog } from './direct-dialog.js';
import { HelpDialog } from './help-dialog.js';
import { useApp } from './hooks.js';
import { html } from './html.js';
import { JoinDialog } from './join-dialog.js';
import { PersonDialog } from './person-dialog.js';
import { EmojiPicker } from './emoji-picker.js';
import { Lazy } from './lazy.js';
import { RemoveDialog } from './remove-dialog.js';
import { ReportDialog } from './report-dialog.js';
import { RoomDialog } from './room-dialog.js';
import { SwitchDialog } from './switch-dialog.js';

const KINDS = {
  account: AccountDialog, direct: DirectDialog, help: HelpDialog, join: JoinDialog, person: PersonDialog,
  react: EmojiPicker, remove: RemoveDialog, report: ReportDialog, room: RoomDialog, switch: SwitchDialog,
};

/** Dialogs that not everybody opens: fetched when the first one opens. */
const FETCHED = {
  'account-admin': () => import('./admin-account.js').then(({ AccountAdminDialog }) => AccountAdminDialog),
  edits: () => import('./edits-dialog.js').then(({ EditsDialog }) => EditsDialog),
  files: () => import('./files-dialog.js').then(({ FilesDialog }) => FilesDialog),
  notify: () => import('./notify-dialog.js').then(({ NotifyDialog }) => NotifyDialog),
  picture: () => import('./lightbox.js').then(({ Lightbox }) => Lightbox),
  pins: () => import('./pins-dialog.js').then(({ PinsDialog }) => PinsDialog),
  'remove-file': () => import('./remove-file-dialog.js').then(({ RemoveFileDialog }) => RemoveFileDialog),
  'room-admin': () => import('./admin-room.js').then(({ RoomAdminDialog }) => RoomAdminDialog),
};

export function Dialogs() {
  const { page } = useApp();
  if (!page.dialog) return null;
  const { kind, ...more } = page.dialog;
  const close = () => page.closeDialog();
  if (!Object.hasOwn(FETCHED, kind)) return html`<${KINDS[kind]} key=${kind} ...${more} close=${close} />`;
  const failed = (error) => {
    close();
    page.showError(error);
  };
  return html`<${Lazy} key=${`${kind} ${more.name}`} load=${FETCHED[kind]} onFailed=${failed} ...${more} close=${close} />`;
}
