/** A file that is dropped or pasted cannot be sent; and no drop may lead away from the page. */

const SORRY = 'You cannot send files here. Upload the file somewhere else and send a link.';

/** @returns {() => void} ends it */
export function refuseFiles(page) {
  const holds = (data) => [...(data?.types ?? [])].includes('Files');
  const takesText = (target) => Boolean(target?.closest?.('input, textarea'));
  const over = (event) => {
    // Without this a browser opens what is dropped, in place of the page.
    if (holds(event.dataTransfer) || !takesText(event.target)) event.preventDefault();
  };
  const dropped = (event) => {
    over(event);
    if (holds(event.dataTransfer)) page.showNotice(SORRY);
  };
  const pasted = (event) => {
    const types = [...(event.clipboardData?.types ?? [])];
    // A table or a text copied from an office program comes with a picture of itself: the text is what is meant.
    if (types.includes('Files') && !types.some((type) => type.startsWith('text/plain'))) {
      event.preventDefault();
      page.showNotice(SORRY);
    }
  };
  const jobs = [['dragover', over], ['drop', dropped], ['paste', pasted]];
  for (const [name, job] of jobs) document.addEventListener(name, job);
  return () => {
    for (const [name, job] of jobs) document.removeEventListener(name, job);
  };
}
