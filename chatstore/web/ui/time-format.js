/** Times as people read them, in the browser's language and time zone. Times are ms since 1970 UTC. */

/** Times of day have 24 hours everywhere, as in the terminal client. */
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const second = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export const timeOfDay = (time) => hour.format(time);

export const fullTime = (time) => `${dayAndYear.format(time)}, ${second.format(time)}`;
export const shortTime = (time) => `${date.format(time)}, ${hour.format(time)}`;

/** The local calendar day of a time, as a text to compare. */
export function dayOf(time) {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** The heading of a day. */
export function dayName(time, now = Date.now()) {
  if (dayOf(time) === dayOf(now)) return 'Today';
  const before = new Date(now);
  before.setDate(before.getDate() - 1);
  if (dayOf(time) === dayOf(before)) return 'Yesterday';
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? day : dayAndYear).format(time);
}
