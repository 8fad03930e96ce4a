/** Rows that are no messages: day headings, the unread line, events, and gaps. */

import { sentence, stripFormatting } from './message-text.js';
import { dayName, fullTime, timeOfDay } from './time-format.js';
import { Component, html, useState } from './html.js';
import { sentencesOf } from './rows.js';

export function DayRow({ row }) {
  return html`<div class="row day" data-key=${row.key}><h2 class="day-name">
    <time datetime=${new Date(row.time).toISOString()}>${dayName(row.time)}</time></h2></div>`;
}

export function UnreadRow() {
  return html`<div class="row unread-line" data-key="unread"><span>New</span></div>`;
}

/** Sentences that a row shows at first, and that each click adds. */
const MAX_SHOWN = 6;
const MORE = 100;

export class EventsRow extends Component {
  state = { most: MAX_SHOWN };

  render({ row }, { most }) {
    const sentences = sentencesOf(row.entries);
    const shown = sentences.length <= most + 1 ? sentences : sentences.slice(-most);
    const more = sentences.length - shown.length;
    return html`<div class="row events" data-key=${row.key}>
      <div class="gutter"><time class="when" title=${fullTime(row.time)}
        datetime=${new Date(row.time).toISOString()}>${timeOfDay(row.time)}</time></div>
      <p>${more > 0 && html`<button type="button" class="link" onClick=${() => this.setState({ most: most + MORE })}>${more} more</button>${' · '}`}
        ${shown.map(({ key, text }, place) => html`<span key=${key} dir="auto">${place > 0 && ' · '}${stripFormatting(text)}</span>`)}</p>
    </div>`;
  }
}

export function GapRow({ row, onFill }) {
  const [state, setState] = useState('');
  const fill = async () => {
    setState('loading');
    try {
      await onFill();
      setState('');
    } catch (error) {
      setState(sentence(error.message) || 'The server did not answer.');
    }
  };
  return html`<div class="row gap" data-key=${row.key}>
    <button type="button" class="link" disabled=${state === 'loading'} onClick=${fill}>
      ${state === 'loading' ? 'Loading…' : 'Load missing messages'}</button>
    ${state && state !== 'loading' && html`<span role="status"> ${state}</span>`}
  </div>`;
}
