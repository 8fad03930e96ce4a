/** The files of a message: pictures in a space that is kept for them, players, and cards for everything else. */

import { sizeText, typeText } from './file-size.js';
import { download, useSource } from './file-source.js';
import { classes, html, useEffect, useState } from './html.js';
import { Icon, IconButton } from './icons.js';

/** px: the largest space of a picture in the log, and that of one whose size is unknown. */
const WIDEST = 380;
const HIGHEST = 280;
const UNKNOWN = { width: 240, height: 180 };
const UNKNOWN_FILM = { width: 380, height: 214 };
/** px on a side up to which the picture is as small as its thumbnail. */
const SMALL = 400;

/**
 * @param {{files: import('../irc/file-links.js').FileLink[], own: boolean, client: any, actions: any}} props `own`: the
 *   person may remove them
 */
export function Attachments({ files, own, client, actions }) {
  return html`<ul class="files" aria-label="Files">${files.map((file) => html`<li key=${file.path}>
    <${Attachment} file=${file} own=${own} client=${client} actions=${actions} /></li>`)}</ul>`;
}

function Attachment({ file, own, client, actions }) {
  const [removed, setRemoved] = useState(client.files.isRemoved(file.token));
  useEffect(() => client.files.onRemoved((token) => { if (token === file.token) setRemoved(true); }), [file.token]);
  if (removed) return html`<p class="removed">You removed the file ${file.name}.</p>`;
  const Shown = { picture: Picture, video: Player, audio: Player }[file.kind] ?? Card;
  return html`<${Shown} file=${file} own=${own} client=${client} actions=${actions} />`;
}

/** The space of a picture: as large as it is, up to a limit. */
export function spaceOf({ width, height }) {
  if (!width || !height) return UNKNOWN;
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function Picture({ file, own, client, actions }) {
  const small = file.width > 0 && Math.max(file.width, file.height) <= SMALL;
  const animated = /\.gif$/i.test(file.name);
  const { src, failed, onError } = useSource(client, file.path, small || animated ? file.path : file.thumbnail);
  useEffect(() => actions.moved?.(), [failed]);
  if (failed) return html`<${Card} file=${file} own=${own} client=${client} actions=${actions} />`;
  const { width, height } = spaceOf(file);
  const about = file.alt || file.name;
  return html`<div class="attached">
    <button type="button" class=${classes('picture', !file.width && 'unsized')} aria-label=${`Open the picture: ${about}`} onClick=${() => actions.look(file)}>
      <img src=${src || null} alt=${about} width=${width} height=${height} decoding="async" draggable=${false} onError=${onError} /></button>
    ${own && html`<${Remove} file=${file} actions=${actions} />`}
  </div>`;
}

function Player({ file, own, client, actions }) {
  const { src, failed, onError } = useSource(client, file.path);
  useEffect(() => actions.moved?.(), [failed]);
  if (failed) return html`<${Card} file=${file} own=${own} client=${client} actions=${actions} />`;
  const { width, height } = file.width ? spaceOf(file) : UNKNOWN_FILM;
  const about = file.alt || file.name;
  // A listener for the element's own error: it does not bubble.
  return html`<div class="attached">
    ${file.kind === 'audio' ? html`<div class="sound"><span class="file-name" dir="auto">${file.name}</span>
        <audio controls preload="metadata" src=${src || null} aria-label=${about} onError=${onError}></audio></div>`
      : html`<video class="video" controls playsinline preload="metadata" src=${src || null} width=${width} height=${height} aria-label=${about} onError=${onError}></video>`}
    ${own && html`<${Remove} file=${file} actions=${actions} />`}
  </div>`;
}

function Card({ file, own, client, actions }) {
  const [about, setAbout] = useState(null);
  const [wrong, setWrong] = useState('');
  useEffect(() => {
    let over = false;
    const told = (set) => (value) => { if (!over) set(value); };
    client.files.about(file.path).then(told(setAbout), told((error) => setWrong(error.message)));
    return () => { over = true; };
  }, [file.path]);
  const save = async () => {
    setWrong('');
    await download(client, file).catch((error) => setWrong(error.message));
  };
  return html`<div class="attached">
    <button type="button" class="file-card" disabled=${about === null} aria-label=${`Download ${file.name}`} onClick=${save}>
      <${Icon} name="file" />
      <span class="file-what"><span class="file-name" dir="auto">${file.name}</span>
        <span class="hint">${wrong || `${typeText(about?.type ?? '', file.name)}${about?.size ? ` · ${sizeText(about.size)}` : ''}`}</span></span>
      ${about !== null && html`<${Icon} name="download" />`}
    </button>
    ${own && html`<${Remove} file=${file} actions=${actions} />`}
  </div>`;
}

function Remove({ file, actions }) {
  return html`<${IconButton} icon="remove" label=${`Remove the file ${file.name}`} onClick=${() => actions.removeFile(file)} />`;
}
