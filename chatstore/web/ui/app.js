/** Everything: the sign-in, or the chat with what stands over it. */

import { Banner, Newer, Notice } from './banner.js';
import { Conversation } from './conversation.js';
import { Dialogs } from './dialogs.js';
import { Here } from './here.js';
import { Component, classes, html } from './html.js';
import { listen } from './keys.js';
import { Members } from './members.js';
import { Notifier } from './notifications.js';
import { Search } from './search.js';
import { Sidebar } from './sidebar.js';
import { SignIn } from './signin.js';
import { fold } from '../irc/names.js';
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
  }

  componentDidUpdate() {
    showTitle(this.state.signedIn ? this.props.client.state.conversations : [], this.props.page.here);
  }

  entered = () => {
    this.setState({ signedIn: true, invitation: '' });
  };

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
    ${open && page.side === 'members' && open.room && html`<${Members} conversation=${open} />`}
    ${page.side === 'search' && html`<${Search} conversation=${open} />`}
  </div>`;
}

function toField(event) {
  event.preventDefault();
  document.querySelector('.composer textarea')?.focus();
}

/** No conversation is open. */
function Nothing({ conversations }) {
  return html`<${Here.Consumer}>${({ page }) => html`<section class="nothing">
    <span class="only-narrow"><button type="button" onClick=${() => page.set({ drawer: true })}>Conversations</button></span>
    ${conversations.length === 0 ? html`<h1>Welcome</h1>
      <p>Enter a room to talk in, or make one. Everything that is said in it is kept, and is here when you come back.</p>
      <p class="buttons"><button type="button" class="main-button" onClick=${() => page.show('join')}>Join or make a room</button>
        <button type="button" onClick=${() => page.show('direct')}>Write to somebody</button></p>`
      : html`<h1>Nothing open</h1><p>Choose a room or a person from the list, or press Ctrl K.</p>`}
  </section>`}<//>`;
}
