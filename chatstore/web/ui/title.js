/** The tab: how much is unread, in its title and on its icon. */

export function showTitle(conversations, here) {
  const mentions = conversations.reduce((sum, one) => sum + one.mentions, 0);
  const unread = conversations.some((one) => one.unread > 0);
  const title = `${mentions ? `(${mentions}) ` : unread ? '• ' : ''}${here && conversations.length ? `${here} – ` : ''}chatstore`;
  if (document.title !== title) document.title = title;
  const icon = document.getElementById('icon');
  const file = `icons/icon${mentions ? '-mention' : unread ? '-unread' : ''}.svg`;
  if (icon && icon.getAttribute('href') !== file) icon.setAttribute('href', file);
}
