/** Announces new messages of the open buffer to screen readers, and no history. */

import { fold } from '../irc/names.js';
import { Component, html } from './html.js';
import { spoken } from './message.js';

/** Messages in the live region; older ones have been announced. */
const KEPT = 5;

export class Announcer extends Component {
  state = { said: [] };

  componentDidMount() {
    this.silence = this.props.client.onMessage(({ target, entry }) => {
      if (fold(target) !== fold(this.props.buffer.name)) return;
      this.setState(({ said }) => ({ said: [...said, entry].slice(-KEPT) }));
    });
  }

  componentWillUnmount() {
    this.silence();
  }

  render({ buffer }, { said }) {
    const taken = new Set(buffer.entries.filter((one) => one.removed).map((one) => one.msgid));
    return html`<div class="visually-hidden" aria-live="polite" aria-relevant="additions">
      ${said.filter(({ msgid }) => !taken.has(msgid)).map((entry) => html`<p key=${entry.key}>${spoken(entry)}</p>`)}
    </div>`;
  }
}
