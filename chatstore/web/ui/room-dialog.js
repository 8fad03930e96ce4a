/** A room's settings: its topic for everybody, and for operators who may come in, what is kept, who is kept out. */

import { fold } from '../irc/names.js';
import { useAsking } from './asking.js';
import { Dialog } from './dialog.js';
import { useHere } from './here.js';
import { html, useEffect, useState } from './html.js';
import { operates } from './person.js';
import { RoomBans } from './room-bans.js';
import { RoomRules } from './room-rules.js';

export function Room({ name, close }) {
  const { client, page } = useHere();
  const room = client.state.conversations.find((one) => fold(one.name) === fold(name));
  const { busy, trouble, ask } = useAsking();
  const [topic, setTopic] = useState(room?.topic ?? '');
  const [invited, setInvited] = useState('');
  const [told, setTold] = useState('');
  const [modes, setModes] = useState(null);
  useEffect(() => {
    client.modes(name).then(setModes, () => setModes({ flags: '', key: '', limit: 0 }));
  }, []);
  if (!room) return null;
  const operator = operates(room.myPrefix);
  const mayTopic = operator || (modes !== null && !modes.flags.includes('t'));
  const save = (event) => {
    event.preventDefault();
    setTold('');
    ask(async () => {
      await client.setTopic(name, topic.trim());
      setTold('The topic is changed.');
    });
  };
  const invite = (event) => {
    event.preventDefault();
    setTold('');
    ask(async () => {
      await client.invite(invited.trim(), name);
      setTold(`${invited.trim()} is invited.`);
      setInvited('');
    });
  };
  const leave = async () => {
    if (await ask(() => client.part(name))) {
      close();
      page.leave();
    }
  };
  return html`<${Dialog} title=${name} onClose=${close} wide>
    <form class="setting" onSubmit=${save}>
      <label>Topic <textarea rows="2" name="topic" value=${topic} readonly=${!mayTopic} maxlength=${client.state.features.topicLength}
        onInput=${(event) => setTopic(event.currentTarget.value.replace(/\n/g, ' '))}></textarea></label>
      ${mayTopic && html`<p class="buttons"><button type="submit" disabled=${busy || topic.trim() === room.topic}>Change the topic</button></p>`}
    </form>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
    ${told && html`<p class="good" role="status">${told}</p>`}
    <form class="setting in-line" onSubmit=${invite}>
      <label>Invite somebody <input name="invited" value=${invited} autocapitalize="none" spellcheck=${false} autocomplete="off"
        onInput=${(event) => setInvited(event.currentTarget.value)} /></label>
      <button type="submit" disabled=${busy || !invited.trim()}>Invite</button>
    </form>
    ${modes && html`<${RoomRules} room=${room} modes=${modes} operator=${operator} onModes=${setModes} />`}
    ${operator && html`<${RoomBans} name=${name} />`}
    <section class="setting"><h3>Leave</h3>
      <p class="buttons"><button type="button" class="danger" disabled=${busy} onClick=${leave}>Leave ${name}</button></p></section>
  <//>`;
}
