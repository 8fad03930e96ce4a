/** In the settings: one's own picture and display name, as others see them. */

import { useApp, useAsync } from './hooks.js';
import { html, useEffect, useRef, useState } from './html.js';
import { Avatar, LONGEST, shownName } from './person.js';
import { squared } from './square.js';
import { useTold } from './told.js';

const TYPES = 'image/png,image/jpeg,image/webp,image/gif,image/avif';

export function ProfileSettings() {
  const { client } = useApp();
  return html`<section class="setting"><h3>Profile</h3>
    ${(client.state.features.files || client.profile(client.state.nick).avatar) && html`<${Picture} />`}
    <${Name} />
  </section>`;
}

function Picture() {
  const { client } = useApp();
  const { nick, features } = client.state;
  const chooser = useRef(null);
  const [chosen, setChosen] = useState(null);
  const [told, tell] = useTold();
  const { busy, error, run } = useAsync();
  const choose = (event) => {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = ''; // the same file can be chosen again
    if (file) run(async () => setChosen(await squared(file)));
  };
  const save = () => run(async () => {
    await client.setPicture(chosen);
    setChosen(null);
    tell('Your picture is changed.');
  });
  const remove = () => run(async () => {
    await client.removePicture();
    tell('Your picture is removed.');
  });
  return html`<div class="own-picture">
    ${chosen === null ? html`<${Avatar} nick=${nick} alt="Your picture" />` : html`<${Preview} file=${chosen} />`}
    <div>
      <input ref=${chooser} class="visually-hidden" type="file" name="avatar" accept=${TYPES} tabindex="-1" aria-hidden="true" onChange=${choose} />
      <p class="buttons">${chosen !== null ? html`<button type="button" class="main-button" disabled=${busy} onClick=${save}>Use this picture</button>
          <button type="button" disabled=${busy} onClick=${() => setChosen(null)}>Cancel</button>`
        : html`${features.files && html`<button type="button" disabled=${busy} onClick=${() => chooser.current.click()}>Choose a picture…</button>`}
          ${client.profile(nick).avatar && html`<button type="button" disabled=${busy} onClick=${remove}>Remove picture</button>`}`}</p>
      <p class="hint">${chosen === null ? 'Everybody on this server sees it.' : 'This part of the picture is shown.'}</p>
    </div>
    ${told}
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </div>`;
}

/** What was chosen; its address ends with the component. */
function Preview({ file }) {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return html`<span class="avatar"><img src=${address || null} alt="The chosen picture" width="64" height="64" /></span>`;
}

function Name() {
  const { client } = useApp();
  const { nick } = client.state;
  const [name, setName] = useState(shownName(client.profile(nick).name));
  const [told, tell] = useTold();
  const { busy, error, run } = useAsync();
  const save = (event) => {
    event.preventDefault();
    run(async () => {
      await client.setDisplayName(name.trim());
      tell(name.trim() ? 'Your display name is changed.' : 'Your display name is removed.');
    });
  };
  return html`<form onSubmit=${save}>
    <div class="in-line"><label>Display name <input name="display-name" value=${name} maxlength=${LONGEST} autocomplete="name" dir="auto"
      onInput=${(event) => setName(event.currentTarget.value)} /></label>
      <button type="submit" disabled=${busy}>Save name</button></div>
    <p class="hint">Others see it beside your name ${nick}, which stays as it is.</p>
    ${told}
    ${error && html`<p class="error" role="alert">${error}</p>`}
  </form>`;
}
