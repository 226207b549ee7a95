/** `timestamp V, "yyyy-MM-dd HH:mm:ss"`: patterns of Java's SimpleDateFormat, in English, UTC where no zone is said. */

/** Epoch milliseconds; undefined when the text is not of the pattern. What follows it in the text is not looked at. */
export type TimeReader = (text: string) => number | undefined;

interface Draft {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  /** 0 or 12, of `a`; undefined when the pattern has none or hours of the day. */
  half: number | undefined;
  offsetMinutes: number;
}

/** Reads a part at an index; the index behind it, -1 when it is not there. */
type PartReader = (text: string, index: number, draft: Draft) => number;

const maxPatternLength = 100;
const letter = /[A-Za-z]/;

/** Throws an Error whose message says what is wrong. */
export function compileTimePattern(pattern: string): TimeReader {
  if (pattern.length > maxPatternLength) throw new Error(`it has more than ${maxPatternLength} characters`);
  const parts = partsOf(pattern);
  const readers = parts.map((part, index) => readerOf(part, parts[index + 1]));
  return (text) => {
    const draft: Draft = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0, half: undefined, offsetMinutes: 0 };
    let index = 0;
    for (const read of readers) {
      index = read(text, index, draft);
      if (index < 0) return undefined;
    }
    return timeOf(draft);
  };
}

function timeOf({ year, month, day, hour, minute, second, millisecond, half, offsetMinutes }: Draft): number | undefined {
  const hours = half === undefined ? hour : (hour % 12) + half;
  const date = new Date(0);
  // Date.UTC takes years below 100 as those of the last century.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hours, minute - offsetMinutes, second, millisecond);
  const time = date.getTime();
  return Number.isNaN(time) ? undefined : time;
}

interface Part {
  /** A letter of the pattern; "" for text that stands for itself. */
  readonly letter: string;
  readonly text: string;
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  for (let index = 0; index < pattern.length; ) {
    const character = pattern.charAt(index);
    const part = character === "'" ? quotedAt(pattern, index) : letter.test(character) ? runAt(pattern, index) : { text: character, end: index + 1 };
    const isLetter = character !== "'" && letter.test(character);
    parts.push({ letter: isLetter ? character : '', text: part.text });
    index = part.end;
  }
  return parts;
}

function runAt(pattern: string, start: number): { text: string; end: number } {
  let end = start;
  while (pattern.charAt(end) === pattern.charAt(start)) end += 1;
  return { text: pattern.slice(start, end), end };
}

/** Two quotes are one, inside of quotes and outside. */
function quotedAt(pattern: string, start: number): { text: string; end: number } {
  if (pattern.charAt(start + 1) === "'") return { text: "'", end: start + 2 };
  let text = '';
  for (let index = start + 1; index < pattern.length; index += 1) {
    if (pattern.charAt(index) !== "'") text += pattern.charAt(index);
    else if (pattern.charAt(index + 1) === "'") {
      text += "'";
      index += 1;
    } else return { text, end: index + 1 };
  }
  throw new Error("a quote (') is not closed");
}

function readerOf({ letter: kind, text }: Part, next: Part | undefined): PartReader {
  if (kind === '') return (subject, index) => (subject.startsWith(text, index) ? index + text.length : -1);
  if (kind === 'E') return wordReader(days, () => undefined);
  if (kind === 'a') return wordReader(halves, (draft, found) => void (draft.half = found));
  if (kind === 'M' && text.length >= 3) return wordReader(months, (draft, found) => void (draft.month = found));
  if (kind === 'z' || kind === 'Z' || kind === 'X') return zoneReader(kind);
  const set = setters.get(kind);
  if (set === undefined) throw new Error(`it has the letter ${kind}; known are ${[...setters.keys(), 'a', 'E', 'z', 'Z', 'X'].join(' ')}`);
  // Digits that touch those of the next part belong to it from the pattern's length on.
  const abutting = next !== undefined && setters.has(next.letter) && !(next.letter === 'M' && next.text.length >= 3);
  return numberReader(set, { most: abutting ? text.length : 19, patternLength: text.length });
}

interface Digits {
  readonly value: number;
  readonly count: number;
  readonly patternLength: number;
}
type Setter = (draft: Draft, digits: Digits) => void;

const setters: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['y', (draft, digits) => void (draft.year = yearOf(digits))],
  ['M', (draft, { value }) => void (draft.month = value)],
  ['d', (draft, { value }) => void (draft.day = value)],
  ['H', (draft, { value }) => void (draft.hour = value)],
  ['k', (draft, { value }) => void (draft.hour = value === 24 ? 0 : value)],
  ['h', (draft, { value }) => void (draft.hour = value === 12 ? 0 : value)],
  ['K', (draft, { value }) => void (draft.hour = value)],
  ['m', (draft, { value }) => void (draft.minute = value)],
  ['s', (draft, { value }) => void (draft.second = value)],
  ['S', (draft, { value, count }) => void (draft.millisecond = count > 3 ? Math.trunc(value / 10 ** (count - 3)) : value)],
]);

/** Two digits of `yy` are the year from 80 before to 20 after this one. */
function yearOf({ value, count, patternLength }: Digits): number {
  if (patternLength > 2 || count !== 2) return value;
  const first = new Date().getUTCFullYear() - 80;
  return first + ((((value - first) % 100) + 100) % 100);
}

function numberReader(set: Setter, { most, patternLength }: { most: number; patternLength: number }): PartReader {
  return (text, index, draft) => {
    let start = index;
    while (text.charAt(start) === ' ' || text.charAt(start) === '\t') start += 1;
    let end = start;
    let value = 0;
    for (; end < text.length && end - start < most; end += 1) {
      const digit = text.charCodeAt(end) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (end === start) return -1;
    set(draft, { value, count: end - start, patternLength });
    return end;
  };
}

type Word = readonly [text: string, value: number];

function wordReader(words: readonly Word[], set: (draft: Draft, value: number) => void): PartReader {
  return (text, index, draft) => {
    const found = words.find(([word]) => text.slice(index, index + word.length).toLowerCase() === word);
    if (found === undefined) return -1;
    set(draft, found[1]);
    return index + found[0].length;
  };
}

/** Long names before the short ones that they begin with. */
function namesOf(names: readonly string[], first: number): readonly Word[] {
  const long = names.map((name, index): Word => [name, index + first]);
  return [...long, ...long.map(([name, value]): Word => [name.slice(0, 3), value])];
}

const months = namesOf(
  ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'], 1,
);
const days = namesOf(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'], 0);
const halves: readonly Word[] = [['am', 0], ['pm', 12]];

/** Abbreviations in minutes from UTC; those of more than one meaning are the ones Java takes in English. */
const zones: readonly Word[] = [
  ['aest', 600], ['cest', 120], ['eest', 180], ['west', 60], ['utc', 0], ['gmt', 0], ['est', -300], ['edt', -240], ['cst', -360],
  ['cdt', -300], ['mst', -420], ['mdt', -360], ['pst', -480], ['pdt', -420], ['bst', 60], ['cet', 60], ['eet', 120], ['msk', 180],
  ['jst', 540], ['kst', 540], ['wet', 0], ['ut', 0], ['z', 0],
];
const numericZone = /^([+-])(\d{1,2}):?(\d{2})?/;

function zoneReader(kind: 'z' | 'Z' | 'X'): PartReader {
  return (text, index, draft) => {
    const rest = text.slice(index, index + 12);
    const name = zones.find(([word]) => rest.toLowerCase().startsWith(word) && (word !== 'z' || kind === 'X'));
    const after = name === undefined ? 0 : name[0].length;
    const numbers = numericZone.exec(rest.slice(after));
    if (name === undefined && numbers === null) return -1;
    const [all = '', sign = '+', hours = '0', minutes = '0'] = numbers ?? [];
    const offset = Number(hours) * 60 + Number(minutes);
    draft.offsetMinutes = (name?.[1] ?? 0) + (sign === '-' ? -offset : offset);
    return index + after + all.length;
  };
}
