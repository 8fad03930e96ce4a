/** The root component: the sign-in, or the chat with its dialogs. */

import { Administration } from './administration.js';
import { KEY } from '../irc/credentials.js';
import { fold } from '../irc/names.js';
import { Banner, Notice, UpdateNotice } from './banner.js';
import { Buffer, messageActions } from './buffer.js';
import { Dialogs } from './dialogs.js';
import { listenForFiles } from './file-drop.js';
import { AppContext } from './hooks.js';
import { Component, classes, html } from './html.js';
import { listenForShortcuts } from './shortcuts.js';
import { MemberPanel } from './member-panel.js';
import { Notifier } from './notifications.js';
import { listenForLinks } from './permalinks.js';
import { SearchPanel } from './search-panel.js';
import { Sidebar } from './sidebar.js';
import { SignIn } from './sign-in.js';
import { ThreadPanel } from './thread-panel.js';
import { EmptyState } from './empty-state.js';
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
    this.silence = listenForShortcuts(client, page);
    listenForFiles(client, page);
    listenForLinks(page);
    globalThis.addEventListener('beforeunload', (event) => {
      if (client.uploads.busy) event.preventDefault(); // files that are not sent yet would be lost
    });
    globalThis.addEventListener('storage', this.elsewhere);
  }

  componentDidUpdate() {
    this.begin();
    const { client, page } = this.props;
    if (this.state.signedIn) client.watch(page.section ? '' : page.current);
    showTitle(this.state.signedIn ? client.state.buffers : [], page.section ? 'Administration' : page.current);
  }

  /** Somebody signed in. A new account starts in one of the server's default rooms. */
  entered = ({ fresh }) => {
    this.fresh = fresh;
    this.props.page.closeDialog();
    this.props.page.drafts.belongTo(this.props.client.state.account);
    this.setState({ signedIn: true, invitation: '' });
  };

  /** Another tab signed out: sign out here too, or this tab would save things of the account again. */
  elsewhere = ({ key, newValue }) => {
    const { client, page } = this.props;
    if (key !== KEY || newValue !== null || !client.signedIn) return;
    client.signOut(() => page.signedOut()).catch(() => {});
  };

  begin() {
    const { client, page } = this.props;
    const first = this.fresh && client.state.buffers.find((one) => one.joined);
    if (!first) return;
    this.fresh = false;
    if (!page.current) page.open(first.name);
  }

  render({ client, page }, { invitation, signedIn }) {
    const inside = signedIn && client.signedIn;
    return html`<${AppContext.Provider} value=${this.value}>
      ${inside ? html`<${Chat} client=${client} page=${page} />`
        : html`<${SignIn} invitation=${invitation} onEntered=${this.entered} why=${client.state.connection.status === 'refused' ? client.state.connection.why : ''} />`}
      ${inside && html`<${Dialogs} />`}
      ${inside && page.dropping && html`<div class="drop-here" aria-hidden="true"><p>Drop the files to send them in ${page.current || 'this conversation'}</p></div>`}
      <${Notice} />
      <${UpdateNotice} />
    <//>`;
  }
}

function Chat({ client, page }) {
  const { buffers } = client.state;
  const open = page.section ? undefined : buffers.find((one) => fold(one.name) === fold(page.current));
  return html`<div class=${classes('chat', page.drawer && 'drawer-out', open && page.side && `with-${page.side}`)}>
    <a class="skip" href="#write" onClick=${toField}>${page.section ? 'Skip to the administration' : 'Skip to the message field'}</a>
    <${Sidebar} />
    ${page.drawer && html`<button type="button" class="shade" aria-label="Close the list" tabindex="-1"
      onClick=${() => page.set({ drawer: false })}></button>`}
    <main class="middle" id="main">
      <${Banner} />
      ${page.section ? html`<${Administration} />`
        : open ? html`<${Buffer} buffer=${open} />` : html`<${EmptyState} buffers=${buffers} />`}
    </main>
    ${page.side && open && html`<button type="button" class="shade panel-shade" aria-label="Close the panel" tabindex="-1"
      onClick=${() => (page.side === 'thread' ? page.closeThread() : page.set({ side: '' }))}></button>`}
    ${open && page.side === 'members' && open.room && html`<${MemberPanel} buffer=${open} />`}
    ${open && page.side === 'thread' && html`<${ThreadPanel} buffer=${open} actions=${messageActions(client, page)} />`}
    ${page.side === 'search' && !page.section && html`<${SearchPanel} buffer=${open} />`}
  </div>`;
}

function toField(event) {
  event.preventDefault();
  document.querySelector('.composer textarea, .admin h2')?.focus();
}
