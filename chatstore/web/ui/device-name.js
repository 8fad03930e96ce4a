/** The name of this browser in the list of devices: browser and system. */

const BROWSERS = [['Firefox', /Firefox\//], ['Edge', /Edg\//], ['Opera', /OPR\//], ['Chrome', /Chrom(e|ium)\//], ['Safari', /Safari\//]];
const SYSTEMS = [['Android', /Android/], ['iPhone', /iPhone/], ['iPad', /iPad/], ['Windows', /Windows/], ['macOS', /Macintosh/], ['Linux', /Linux|X11/]];

export function deviceName(agent = navigator.userAgent) {
  const one = (list) => list.find(([, sign]) => sign.test(agent))?.[0];
  return [one(BROWSERS) ?? 'Browser', one(SYSTEMS)].filter(Boolean).join(' on ');
}
