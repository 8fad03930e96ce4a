/**
 * What people mean by `**bold**`, `_italics_`, lists and so on, found in the plain text that they sent. Nothing is
 * removed: the runs of all blocks joined are the text, so what is copied is what was sent. The time is linear.
 * chatstore/client/markdown.py does the same; both read tests/vectors/markdown.json.
 *
 * It follows CommonMark where people who chat expect it. `2*3*4`, paths with stars, `snake_case`, `__init__` and `¯\_(ツ)_/¯` stay
 * as they are: no sign works between two letters of ASCII, beside a slash, or behind `@` and `#`; `_`
 * not between punctuation either (`>_<`).
 */

/** @typedef {[text: string, marks: string]} Run marks: of bold, italic, strike, code, link; or one of sign, number, end */
/** @typedef {{kind: 'text' | 'code' | 'quote' | 'item', runs: Run[]}} Block an item is one line; `end`: its line's end */

const MARKS = ['bold', 'italic', 'strike', 'code', 'link', 'sign'];
const [CODE, LINK, SIGN] = [8, 16, 32];
/** What each run of signs means, as places in MARKS. */
const MEANING = { '*': [1], '**': [0], '***': [0, 1], _: [1], '~~': [2] };
const FENCE = '```';
const ITEM = /^( *)(?:[-*]|(\d{1,3}[.)])) (?=\S)/;
const SPACE = /\s/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;

/**
 * @param {string} text without codes of formatting
 * @param {(line: string) => [start: number, end: number][]} links
 * @returns {Block[]}
 */
export function blocks(text, links) {
  const found = [];
  let place = 0;
  for (;;) {
    const open = text.indexOf(FENCE, place);
    const info = open < 0 ? 0 : /^[\w+-]*\n/.exec(text.slice(open + 3, open + 40))?.[0].length ?? 0;
    const close = open < 0 ? -1 : text.indexOf(FENCE, open + 4 + info);
    if (close < 0) break;
    if (open > place) found.push(...lines(text.slice(place, open), links));
    const start = open + 3 + info;
    const end = text[close - 1] === '\n' && close - 1 > start ? close - 1 : close;
    place = text[close + 3] === '\n' ? close + 4 : close + 3;
    found.push({ kind: 'code', runs: [[text.slice(open, start), 'sign'], [text.slice(start, end), 'code'], [text.slice(end, close + 3), 'sign'],
      ...(place > close + 3 ? [['\n', 'end']] : [])] });
  }
  if (place < text.length) found.push(...lines(text.slice(place), links));
  return found;
}

/** The blocks of a text without blocks of code. */
function lines(text, links) {
  const found = [];
  for (const line of text.match(/[^\n]*\n|[^\n]+/g)) {
    const end = line.endsWith('\n');
    const words = end ? line.slice(0, -1) : line;
    const before = found.at(-1);
    const item = ITEM.exec(words);
    const kind = words.startsWith('> ') || (words === '>' && before?.kind === 'quote') ? 'quote' : item ? 'item' : 'text';
    const lead = kind === 'quote' ? words.slice(0, 2) : item?.[0] ?? '';
    const runs = [...(lead ? [[lead, item?.[2] ? 'number' : 'sign']] : []), ...inline(words.slice(lead.length), links), ...(end ? [['\n', 'end']] : [])];
    if (before?.kind === kind && kind !== 'item') before.runs.push(...runs);
    else found.push({ kind, runs });
  }
  return found;
}

/** The runs of one line. */
function inline(line, links) {
  if (!/[*_`~:.]/.test(line)) return line ? [[line, '']] : [];
  const marks = new Uint8Array(line.length);
  code(line, marks);
  for (const [start, end] of links(line)) if (!marks[start]) marks.fill(LINK, start, end);
  emphasis(line, marks);
  const runs = [];
  for (let start = 0, at = 1; at <= line.length; at += 1) {
    if (marks[at] === marks[start] && at < line.length) continue;
    const mask = marks[start];
    const names = mask & SIGN ? 'sign' : MARKS.filter((_, bit) => mask & (1 << bit)).join(' ');
    runs.push([line.slice(start, at), names]);
    start = at;
  }
  return runs;
}

/** Mark code: a run of backticks ends at the next one of the same length. */
function code(line, marks) {
  const ticks = [...line.matchAll(/`+/g)].filter(({ index }) => line[index - 1] !== '\\');
  const next = new Map();
  const closes = new Array(ticks.length);
  for (let at = ticks.length - 1; at >= 0; at -= 1) {
    closes[at] = next.get(ticks[at][0].length);
    next.set(ticks[at][0].length, at);
  }
  for (let at = 0; at < ticks.length; at += 1) {
    if (closes[at] === undefined) continue;
    const { 0: { length }, index: start } = ticks[at];
    const end = ticks[closes[at]].index;
    marks.fill(SIGN, start, start + length).fill(CODE, start + length, end).fill(SIGN, end, end + length);
    at = closes[at];
  }
}

/** Mark what stands between signs. Of each kind the nearest opening sign counts; what opened since then opens nothing. */
function emphasis(line, marks) {
  const steps = [0, 1, 2].map(() => new Int32Array(line.length + 1));
  const words = wordsBefore(line);
  const stack = [];
  const places = new Map(Object.keys(MEANING).map((sign) => [sign, []]));
  const cut = (height) => { while (stack.length > height) places.get(stack.pop().sign).pop(); };
  const open = (sign, end) => { places.get(sign).push(stack.length); stack.push({ sign, end }); };
  /** Close with the first signs of a run; returns how many of them did. */
  const close = (sign, start) => {
    const longer = sign[0] === '*' && sign.length < 3 ? places.get('***').at(-1) ?? -1 : -1;
    const height = Math.max(places.get(sign).at(-1) ?? -1, longer);
    if (height < 0 || words[start] === words[stack[height].end]) return 0;
    const { end, sign: opening } = stack[height];
    for (const mark of MEANING[sign]) { steps[mark][end] += 1; steps[mark][start] -= 1; }
    marks.fill(SIGN, end - sign.length, end).fill(SIGN, start, start + sign.length);
    cut(height);
    if (opening !== sign) open(opening.slice(sign.length), end - sign.length);
    return sign.length;
  };
  for (const { 0: sign, index: start } of line.matchAll(/\*+|_+|~+/g)) {
    if (marks[start] || MEANING[sign] === undefined) continue;
    const end = start + sign.length;
    const { opens, closes } = flanks(line, start, end);
    let used = closes ? close(sign, start) : 0;
    if (closes && used === 0 && sign === '***') {
      used = close('*', start) || close('**', start);
      if (used > 0) used += close(sign.slice(used), start + used);
    }
    if (used === 0 && opens) open(sign, end);
  }
  const now = [0, 0, 0];
  for (let at = 0; at < line.length; at += 1) {
    for (const mark of [0, 1, 2]) {
      now[mark] += steps[mark][at];
      if (now[mark] > 0) marks[at] |= 1 << mark;
    }
  }
}

/** Whether a run of signs can open and close, by CommonMark's rules and those above. */
function flanks(line, start, end) {
  const low = /[\udc00-\udfff]/.test(line[start - 1] ?? '');
  const before = start === 0 ? ' ' : line.slice(start - (low && start > 1 ? 2 : 1), start);
  const after = end === line.length ? ' ' : String.fromCodePoint(line.codePointAt(end));
  if (/[/\\@#$&=]/.test(before) || /[/\\]/.test(after) || /^[a-z0-9_]{2}$/i.test(before + after)) return { opens: false, closes: false };
  const left = !SPACE.test(after) && (!PUNCTUATION.test(after) || SPACE.test(before) || PUNCTUATION.test(before));
  const right = !SPACE.test(before) && (!PUNCTUATION.test(before) || SPACE.test(after) || PUNCTUATION.test(after));
  if (line[start] !== '_') return { opens: left, closes: right };
  return { opens: left && !right, closes: right && !left };
}

/** At each place, how many characters before it are neither space nor punctuation: `*_*` is a face. */
function wordsBefore(line) {
  const counts = new Int32Array(line.length + 1);
  for (let at = 0; at < line.length; at += 1) counts[at + 1] = counts[at] + (/[\s\p{P}~]/u.test(line[at]) ? 0 : 1);
  return counts;
}
