/** Ends of suspensions and bans, to choose from. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** [value, label]: the value is a number of ms, '' for no end. */
export const ENDS = [
  ['', 'No end: until somebody lifts it'], [String(HOUR), '1 hour'], [String(DAY), '1 day'], [String(7 * DAY), '1 week'],
  [String(30 * DAY), '30 days'], [String(365 * DAY), '1 year'],
];

/** The time that a chosen value means; 0 for no end. */
export function endOf(value, now = Date.now()) {
  return value ? now + Number(value) : 0;
}
