/** Sizes in bytes, as people say them. */

/** Bytes in a unit that fits: `36.7 GiB`. */
export function sizeText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${unit > 0 ? value.toFixed(1) : value} ${units[unit]}`;
}

/** Two sizes that differ, so that one sees it: in bytes where the units would hide it. @returns {[string, string]} */
export function sizeTexts(one, other) {
  const texts = [one, other].map(sizeText);
  if (texts[0] !== texts[1]) return [texts[0], texts[1]];
  return [`${one.toLocaleString('en')} bytes`, `${other.toLocaleString('en')} bytes`];
}
