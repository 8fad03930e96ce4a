/** What a screen reader says by itself: messages that are new in the open conversation, and nothing of the past. */

import { Component, html } from './html.js';
import { spoken } from './message.js';

/** How many sentences stand there; older ones have been said. */
const KEPT = 5;

export class Live extends Component {
  state = { said: [] };
  newest = lastTime(this.props.conversation);

  componentDidUpdate() {
    const { entries } = this.props.conversation;
    const fresh = [];
    for (let at = entries.length - 1; at >= 0 && entries[at].time > this.newest; at -= 1) {
      if (entries[at].msgid && !entries[at].own && entries[at].kind !== 'event') fresh.unshift(entries[at]);
    }
    if (fresh.length === 0) return;
    this.newest = lastTime(this.props.conversation);
    this.setState(({ said }) => ({ said: [...said, ...fresh].slice(-KEPT) }));
  }

  render(props, { said }) {
    return html`<div class="heard-only" aria-live="polite" aria-relevant="additions">
      ${said.map((entry) => html`<p key=${entry.key}>${spoken(entry)}</p>`)}
    </div>`;
  }
}

function lastTime({ entries }) {
  return entries.findLast((one) => one.msgid)?.time ?? 0;
}
