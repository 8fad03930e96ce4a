/** Times as people read them, in the browser's language and time zone. Times are ms since 1970 UTC. */

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export const timeOfDay = (time) => hour.format(time);

/** The same without a word for the half of the day, where there is little room and a fuller time near. */
export function shortTimeOfDay(time) {
  const parts = hour.formatToParts(time).filter(({ type }) => type !== 'dayPeriod');
  return parts.map(({ value }) => value).join('').trim();
}

export const fullTime = (time) => full.format(time);
export const shortTime = (time) => short.format(time);

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
