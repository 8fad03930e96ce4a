/** Convert times between the server's format and milliseconds since 1970 UTC. */

const SERVER_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z$/;

/**
 * Parse `2025-03-04T05:06:07.089Z` (IRCv3 server-time); the fallback for anything else.
 * @param {string | undefined} text
 * @param {number} [fallback]
 */
export function parseTime(text, fallback = 0) {
  if (!text || !SERVER_TIME.test(text)) return fallback;
  const time = Date.parse(text);
  return Number.isNaN(time) ? fallback : time;
}

/** The reverse of parseTime. */
export function formatTime(time) {
  return new Date(time).toISOString();
}

/**
 * The time of a line; the fallback where the server does not tell it.
 * @param {import('./line.js').Line} line
 * @param {number} fallback
 */
export function timeOf(line, fallback) {
  return parseTime(line.tags.time, fallback);
}
