/** Refuses files that are dropped or pasted, and keeps a drop from replacing the page. */

const SORRY = 'You cannot send files here. Upload the file somewhere else and send a link.';

/** @returns {() => void} a function that ends it */
export function refuseFiles(page) {
  const holds = (data) => [...(data?.types ?? [])].includes('Files');
  const takesText = (target) => Boolean(target?.closest?.('input, textarea'));
  const over = (event) => {
    // Otherwise the browser would open the file in place of the page.
    if (holds(event.dataTransfer) || !takesText(event.target)) event.preventDefault();
  };
  const dropped = (event) => {
    over(event);
    if (holds(event.dataTransfer)) page.showNotice(SORRY);
  };
  const pasted = (event) => {
    const types = [...(event.clipboardData?.types ?? [])];
    // Office programs add a picture of a copied text: paste the text.
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
