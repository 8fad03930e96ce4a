/** A component whose module is fetched when it is first drawn: what only few people need is not fetched by all. */

import { Component, html } from './html.js';
import { sentence } from './message-text.js';

/**
 * `load`: imports the module and resolves to the component; the other properties are the component's. With `onFailed`
 * nothing is drawn before the component is there, and an error is for that function.
 */
export class Lazy extends Component {
  state = { found: null, error: '' };

  componentDidMount() {
    this.fetch();
  }

  componentWillUnmount() {
    this.gone = true;
  }

  async fetch() {
    this.setState({ error: '' });
    try {
      const found = await this.props.load();
      if (!this.gone) this.setState({ found });
    } catch (error) {
      if (this.gone) return;
      this.setState({ error: sentence(error?.message || 'It could not be loaded') });
      this.props.onFailed?.(error);
    }
  }

  render({ load, onFailed, ...more }, { found, error }) {
    if (found !== null) return html`<${found} ...${more} />`;
    if (onFailed) return null;
    if (!error) return html`<p class="hint lazy" role="status">Loading…</p>`;
    return html`<div class="lazy"><p class="error" role="alert">${error}</p>
      <p class="buttons"><button type="button" onClick=${() => this.fetch()}>Try again</button></p></div>`;
  }
}
