/** Shows unread messages in the title and icon of the browser tab. */

export function showTitle(buffers, here) {
  const mentions = buffers.reduce((sum, one) => sum + one.mentions, 0);
  const unread = buffers.some((one) => one.unread > 0 && one.level !== 'nothing');
  const title = `${mentions ? `(${mentions}) ` : unread ? '• ' : ''}${here && buffers.length ? `${here} – ` : ''}chatstore`;
  if (document.title !== title) document.title = title;
  const icon = document.getElementById('icon');
  const file = `icons/icon${mentions ? '-mention' : unread ? '-unread' : ''}.svg`;
  if (icon && icon.getAttribute('href') !== file) icon.setAttribute('href', file);
}
