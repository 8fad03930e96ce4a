/** A message: who, when, what it replies to, its text, its reactions and its toolbar. */

import { filesIn } from '../irc/file-links.js';
import { Attachments } from './attachments.js';
import { QUICK } from './emoji.js';
import { Component, classes, html } from './html.js';
import { IconButton } from './icons.js';
import { Mark, isElsewhere } from './mark.js';
import { MessageText, displayText, sentence, stripFormatting, truncate } from './message-text.js';
import { Avatar, Called, colourOf } from './person.js';
import { PreviewCard } from './preview-card.js';
import { ThreadLine } from './thread-line.js';
import { fullTime, timeOfDay } from './time-format.js';

/** Drawn again only when its entry was replaced: entries are never modified. */
export class Message extends Component {
  shouldComponentUpdate(next) {
    const now = this.props;
    return next.entry !== now.entry || next.begins !== now.begins || next.active !== now.active
      || next.flash !== now.flash || next.nick !== now.nick || next.answered !== now.answered
      || next.look !== now.look || next.places !== now.places || next.thread?.text !== now.thread?.text || next.thread?.unread !== now.thread?.unread;
  }

  render({ entry, begins, active, flash, nick, answered, may, actions, client, places, look, thread }) {
    const { words, files } = filesIn(entry.text, places);
    const name = html`<button type="button" class="name" data-colour=${colourOf(entry.nick)} tabindex="-1"
      onClick=${() => actions.person(entry.nick)}>${entry.nick}</button>`;
    return html`<div class=${classes('row', 'said', begins && 'begins', active && 'active', flash && 'flash',
      entry.mention && 'mention', entry.pending && 'pending', entry.failed && 'failed', entry.kind)}
      data-key=${entry.key} data-msgid=${entry.msgid} tabindex="-1" role="article"
      aria-label=${spoken(entry, { words, files })}>
      <div class="gutter">
        ${begins && entry.kind !== 'action' ? html`<${Avatar} nick=${entry.nick} look=${look} />`
          : html`<time class="when" title=${fullTime(entry.time)}
            datetime=${new Date(entry.time).toISOString()}>${timeOfDay(entry.time)}</time>`}
      </div>
      <div class="what">
        ${begins && entry.kind !== 'action' && html`<div class="who">
          ${name}
          <${Called} nick=${entry.nick} name=${look.name} />
          <${Mark} ...${entry} />
          ${entry.kind === 'notice' && html`<span class="tag">notice</span>`}
          <time title=${fullTime(entry.time)} datetime=${new Date(entry.time).toISOString()}>${timeOfDay(entry.time)}</time>
        </div>`}
        ${entry.replyTo && html`<${Quote} answered=${answered} onGo=${() => actions.goTo(entry.replyTo)} />`}
        ${entry.audience && html`<span class="tag">to ${entry.audience === '@' ? 'operators' : 'members with voice'}</span>`}
        ${entry.removed ? html`<p class="removed">${removedText(entry)}</p>`
          : (words !== '' || files.length === 0) && html`<p class="text">${entry.kind === 'action' && html`${name}<${Mark} ...${entry} /> `}<${MessageText} text=${words}
              nick=${entry.mention ? nick : ''} />${entry.edited > 0 && html` <button type="button" class="link edited" title=${`Edited ${fullTime(entry.edited)}: show earlier texts`}
                onClick=${() => actions.earlier(entry)}>(edited)</button>`}</p>`}
        ${files.length > 0 && html`<${Attachments} files=${files} own=${entry.own} client=${client} actions=${actions} />`}
        ${entry.preview && html`<${PreviewCard} preview=${entry.preview} text=${entry.text} actions=${actions} />`}
        ${entry.failed && html`<p class="error not-sent" role="status"><span>Not sent: ${sentence(entry.failed)}</span>
          <button type="button" class="link" onClick=${() => actions.retry(entry)}>Try again</button>
          <button type="button" class="link" onClick=${() => actions.discard(entry)}>Discard</button></p>`}
        <${Reactions} entry=${entry} onReact=${actions.react} />
        ${thread && html`<${ThreadLine} ...${thread} onOpen=${() => actions.thread(entry)} />`}
      </div>
      ${active && !entry.removed && entry.msgid && html`<${Tools} entry=${entry} may=${may} actions=${actions} />`}
    </div>`;
  }
}

function Tools({ entry, may, actions }) {
  return html`<div class="tools" role="toolbar" aria-label="Message actions">
    ${QUICK.map((emoji) => html`<button key=${emoji} type="button" class="quick" aria-label=${`React with ${emoji}`}
      onClick=${() => actions.react(entry, emoji, entry.reactions.some((one) => one.emoji === emoji && one.mine))}>${emoji}</button>`)}
    <${IconButton} icon="react" label="Add reaction" onClick=${() => actions.pick(entry)} />
    <${IconButton} icon="reply" label="Reply" onClick=${() => actions.reply(entry)} />
    ${!may.inThread && html`<${IconButton} icon="thread" class="icon-button thread-tool" label="Open thread" onClick=${() => actions.thread(entry)} />`}
    ${may.edit && entry.own && entry.kind === 'message' && html`<${IconButton} icon="edit" label="Edit message" onClick=${() => actions.edit(entry)} />`}
    <${IconButton} icon="link" label="Copy link" onClick=${() => actions.link(entry)} />
    ${may.pin && html`<${IconButton} icon="pin" label="Pin message" onClick=${() => actions.pin(entry)} />`}
    ${may.report && !entry.own && html`<${IconButton} icon="flag" label="Report message" onClick=${() => actions.report(entry)} />`}
    ${(entry.own || may.redact) && html`<${IconButton} icon="remove" label="Remove message"
      onClick=${() => actions.remove(entry)} />`}
  </div>`;
}

/** The message that this one replies to, in a line that leads there. */
function Quote({ answered, onGo }) {
  return html`<button type="button" class="quote" onClick=${onGo} tabindex="-1"
    aria-label=${answered ? `Reply to ${answered.nick}: go to that message` : 'Reply to an earlier message: go to it'}>
    ${answered ? html`<b data-colour=${colourOf(answered.nick)}>${answered.nick}</b><${Mark} ...${answered} />
      <span dir="auto">${answered.removed ? 'message removed' : truncate(displayText(answered.text).replace(/\s+/g, ' '), 160)}</span>`
      : html`<span>an earlier message</span>`}
  </button>`;
}

function removedText({ removed, nick, reason }) {
  return `Message removed${removed && removed !== nick ? ` by ${removed}` : ''}${reason ? `: ${stripFormatting(reason)}` : ''}`;
}

/** The message in one sentence, for screen readers. */
export function spoken(entry, { words, files } = { words: entry.text, files: [] }) {
  const text = entry.removed ? 'message removed' : shownText(words, files);
  const who = entry.kind === 'action' ? `${entry.nick} ${text}` : `${entry.nick}: ${text}`;
  return `${who}, ${timeOfDay(entry.time)}${entry.relayed ? `, relayed by ${entry.relayed}` : ''}${entry.pending ? ', not sent yet' : ''}${entry.failed ? ', not sent' : ''}`;
}

/** A message with its files in words. */
export function shownText(words, files) {
  const named = files.map(({ kind, name }) => (kind === 'picture' ? 'picture' : `file ${name}`)).join(', ');
  return [(words !== '' || files.length === 0) && displayText(words), named && `(${named})`].filter(Boolean).join(' ');
}

function Reactions({ entry, onReact }) {
  if (entry.reactions.length === 0) return null;
  return html`<ul class="reactions" aria-label="Reactions">
    ${entry.reactions.map(({ emoji, nicks, mine }) => html`<li key=${emoji}>
      <button type="button" class="reaction" aria-pressed=${mine ? 'true' : 'false'} title=${namesOf(nicks)}
        aria-label=${`${emoji}, ${nicks.length}: ${namesOf(nicks)}`} onClick=${() => onReact(entry, emoji, mine)}>
        <span dir="auto">${emoji}</span> <span class="count">${nicks.length}</span>
      </button>
    </li>`)}
  </ul>`;
}

const namesOf = (nicks) => nicks.map((nick) => (isElsewhere(nick) ? `${nick} (relayed)` : nick)).join(', ');
