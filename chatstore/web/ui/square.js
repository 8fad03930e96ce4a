/** Makes a small square picture of any picture that the browser can draw: the middle of it, without its metadata. */

/** Pixels of a side: sharp in a card, and small in a list. */
const SIDE = 256;

/** @param {Blob} file @returns {Promise<File>} */
export async function squared(file) {
  const drawn = await createImageBitmap(file).catch(() => {
    throw new Error('This browser cannot show that file as a picture. Choose a PNG, JPEG or WebP.');
  });
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  const part = Math.min(drawn.width, drawn.height);
  context.drawImage(drawn, (drawn.width - part) / 2, (drawn.height - part) / 2, part, part, 0, 0, SIDE, SIDE);
  drawn.close();
  // JPEG knows no transparency, but what is one already has none.
  const [type, name] = file.type === 'image/jpeg' ? ['image/jpeg', 'picture.jpg'] : ['image/png', 'picture.png'];
  const content = await new Promise((resolve) => { canvas.toBlob(resolve, type, 0.9); });
  if (content === null) throw new Error('This browser cannot make a smaller picture of that file.');
  return new File([content], name, { type });
}
