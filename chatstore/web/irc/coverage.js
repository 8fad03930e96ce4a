/**
 * Which stretches of a buffer's history are here, without anything missing inside. Between two of them is a gap.
 * In a buffer times strictly rise, so they say what lies where.
 */

/**
 * A line that history can be asked from.
 * @typedef {{time: number, msgid: string}} Position
 * @typedef {{from: Position, to: Position}} Span both ends are here
 */

export class Coverage {
  /** In order. The last one ends with the newest line that was shown. @type {Span[]} */
  spans = [];
  #broken = false;

  /** The oldest line that is here; null while nothing is. */
  get oldest() {
    return this.spans[0]?.from ?? null;
  }

  /** What each gap ends with: the first line after it. */
  get gaps() {
    return this.spans.slice(1).map(({ from }) => from);
  }

  /** The newest line was shown, and nothing is missing before it; or it is the first after a gap. */
  reached(mark) {
    const last = this.spans[this.spans.length - 1];
    if (last === undefined || this.#broken) this.spans.push({ from: mark, to: mark });
    else last.to = mark;
    this.#broken = false;
  }

  /** Lines are missing before the next one that is reached. */
  breakOff() {
    this.#broken = this.spans.length > 0;
  }

  /** The line before which lines are missing, by its msgid: with the last one before the gap; null without a gap. */
  gap(msgid) {
    const place = this.spans.findIndex(({ from }) => from.msgid === msgid);
    return place > 0 ? { next: this.spans[place].from, before: this.spans[place - 1].to } : null;
  }

  /** A stretch of the past is here; what it meets it is joined with. */
  add(from, to) {
    const meets = (span) => span.from.time <= to.time && span.to.time >= from.time;
    const joined = this.spans.filter(meets).reduce(union, { from, to });
    this.spans = [...this.spans.filter((span) => !meets(span)), joined];
    this.spans.sort((one, other) => one.from.time - other.from.time);
  }

  /** What is kept when nothing before this line is. @param {Position} first */
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
 * The first and the last of some lines that can be asked from; null where none can.
 * @param {import('./line.js').Line[]} lines
 * @param {(line: import('./line.js').Line) => number} timeOf
 */
export function ends(lines, timeOf) {
  const marks = lines.filter((line) => line.tags.msgid).map((line) => ({ time: timeOf(line), msgid: line.tags.msgid }));
  return marks.length > 0 ? { from: marks[0], to: marks[marks.length - 1] } : null;
}
