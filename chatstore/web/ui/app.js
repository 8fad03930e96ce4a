/** Everything: the sign-in, or the chat with what stands over it. */

import { KEY } from '../irc/credentials.js';
import { fold } from '../irc/names.js';
import { Banner, Newer, Notice } from './banner.js';
import { Conversation } from './conversation.js';
import { Dialogs } from './dialogs.js';
import { refuseFiles } from './files.js';
import { Here } from './here.js';
import { Component, classes, html } from './html.js';
import { listen } from './keys.js';
import { Members } from './members.js';
import { Notifier } from './notifications.js';
import { Search } from './search.js';
import { Sidebar } from './sidebar.js';
import { SignIn } from './signin.js';
import { Nothing } from './nothing.js';
import { showTitle } from './title.js';

export class App extends Component {
  constructor(props) {
    super(props);
    const { client, page, invitation } = props;
    this.value = { client, page };
    new Notifier(client, page);
    this.again = () => this.setState({});
    this.state = { invitation, signedIn: !invitation && client.resume() };
  }

  componentDidMount() {
    const { client, page } = this.props;
    client.subscribe(this.again);
    page.subscribe(this.again);
    this.silence = listen(client, page);
    refuseFiles(page);
    globalThis.addEventListener('storage', this.elsewhere);
  }

  componentDidUpdate() {
    this.begin();
    if (this.state.signedIn) this.props.client.watch(this.props.page.here);
    showTitle(this.state.signedIn ? this.props.client.state.conversations : [], this.props.page.here);
  }

  /** Somebody is in. A new account begins in a room that the server has for everybody, if there is one. */
  entered = ({ fresh }) => {
    this.fresh = fresh;
    this.setState({ signedIn: true, invitation: '' });
  };

  /** Who has signed out in another tab has signed out here: else this one would keep the conversations again. */
  elsewhere = ({ key, newValue }) => {
    const { client, page } = this.props;
    if (key !== KEY || newValue !== null || !client.signedIn) return;
    client.signOut().catch(() => {});
    page.signedOut();
  };

  begin() {
    const { client, page } = this.props;
    const first = this.fresh && client.state.conversations.find((one) => one.joined);
    if (!first) return;
    this.fresh = false;
    if (!page.here) page.open(first.name);
  }

  render({ client, page }, { invitation, signedIn }) {
    const inside = signedIn && client.signedIn;
    return html`<${Here.Provider} value=${this.value}>
      ${inside ? html`<${Chat} client=${client} page=${page} />`
        : html`<${SignIn} invitation=${invitation} onEntered=${this.entered} why=${client.state.connection.status === 'refused' ? client.state.connection.why : ''} />`}
      <${Dialogs} />
      <${Notice} />
      <${Newer} />
    <//>`;
  }
}

function Chat({ client, page }) {
  const { conversations } = client.state;
  const open = conversations.find((one) => fold(one.name) === fold(page.here));
  return html`<div class=${classes('chat', page.drawer && 'drawer-out', open && page.side && `with-${page.side}`)}>
    <a class="skip" href="#write" onClick=${toField}>Skip to the message field</a>
    <${Sidebar} />
    ${page.drawer && html`<button type="button" class="shade" aria-label="Close the list" tabindex="-1"
      onClick=${() => page.set({ drawer: false })}></button>`}
    <main class="middle" id="main">
      <${Banner} />
      ${open ? html`<${Conversation} conversation=${open} />` : html`<${Nothing} conversations=${conversations} />`}
    </main>
    ${page.side && open && html`<button type="button" class="shade panel-shade" aria-label="Close the panel" tabindex="-1"
      onClick=${() => page.set({ side: '' })}></button>`}
    ${open && page.side === 'members' && open.room && html`<${Members} conversation=${open} />`}
    ${page.side === 'search' && html`<${Search} conversation=${open} />`}
  </div>`;
}

function toField(event) {
  event.preventDefault();
  document.querySelector('.composer textarea')?.focus();
}
