/**
 * Which spans of a buffer's history are loaded. Inside a span nothing is missing; between two spans is a gap. Within a
 * buffer times strictly rise, so spans are compared by time.
 */

/**
 * A line that CHATHISTORY can start from.
 * @typedef {{time: number, msgid: string}} Position
 * @typedef {{from: Position, to: Position}} Span both ends are loaded
 */

export class Coverage {
  /** In order. The last one ends with the newest line shown. @type {Span[]} */
  spans = [];
  #broken = false;

  /** The oldest loaded line; null while nothing is loaded. */
  get oldest() {
    return this.spans[0]?.from ?? null;
  }

  /** The first line after each gap. */
  get gaps() {
    return this.spans.slice(1).map(({ from }) => from);
  }

  /** Extend the last span to the newest line; after breakOff() this line starts a new span. */
  reached(mark) {
    const last = this.spans[this.spans.length - 1];
    if (last === undefined || this.#broken) this.spans.push({ from: mark, to: mark });
    else last.to = mark;
    this.#broken = false;
  }

  /** Note that lines are missing before the next one that is reached. */
  breakOff() {
    this.#broken = this.spans.length > 0;
  }

  /** The gap before the line with this msgid: the lines around it; null where there is no gap. */
  gap(msgid) {
    const place = this.spans.findIndex(({ from }) => from.msgid === msgid);
    return place > 0 ? { next: this.spans[place].from, before: this.spans[place - 1].to } : null;
  }

  /** Add a span, merged with those that it touches. */
  add(from, to) {
    const meets = (span) => span.from.time <= to.time && span.to.time >= from.time;
    const joined = this.spans.filter(meets).reduce(union, { from, to });
    this.spans = [...this.spans.filter((span) => !meets(span)), joined];
    this.spans.sort((one, other) => one.from.time - other.from.time);
  }

  /** The spans from this line on. @param {Position} first */
  since(first) {
    return this.spans
      .filter(({ to }) => to.time >= first.time)
      .map(({ from, to }) => ({ from: from.time < first.time ? first : from, to }));
  }
}

/** @param {Span} one @param {Span} other @returns {Span} */
function union(one, other) {
  return {
    from: one.from.time <= other.from.time ? one.from : other.from,
    to: one.to.time >= other.to.time ? one.to : other.to,
  };
}

/**
 * The first and the last line that have a msgid; null where none has.
 * @param {import('./line.js').Line[]} lines
 * @param {(line: import('./line.js').Line) => number} timeOf
 */
export function ends(lines, timeOf) {
  const marks = lines.filter((line) => line.tags.msgid).map((line) => ({ time: timeOf(line), msgid: line.tags.msgid }));
  return marks.length > 0 ? { from: marks[0], to: marks[marks.length - 1] } : null;
}
