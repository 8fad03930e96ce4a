/** Times as people read them, in the browser's language and time zone. Times are ms since 1970 UTC. */

/** One way to write a time of day everywhere: 24 hours, as the terminal client does. */
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const second = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export const timeOfDay = (time) => hour.format(time);

export const fullTime = (time) => `${dayAndYear.format(time)}, ${second.format(time)}`;
export const shortTime = (time) => `${date.format(time)}, ${hour.format(time)}`;

/** The calendar day of a time, the same for all times of that day here. */
export function dayOf(time) {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** What stands over the messages of a day. */
export function dayName(time, now = Date.now()) {
  if (dayOf(time) === dayOf(now)) return 'Today';
  const before = new Date(now);
  before.setDate(before.getDate() - 1);
  if (dayOf(time) === dayOf(before)) return 'Yesterday';
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? day : dayAndYear).format(time);
}
