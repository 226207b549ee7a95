/** Sets of characters (code points), as ranges in ascending order that do not touch. */

export type CharRange = readonly [first: number, last: number];
export type CharSet = readonly CharRange[];

const greatest = 0x10ffff;
export const everything: CharSet = [[0, greatest]];

export function charSet(ranges: readonly CharRange[]): CharSet {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

export function complement(set: CharSet): CharSet {
  const gaps: CharRange[] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= greatest) gaps.push([next, greatest]);
  return gaps;
}

export function meet(left: CharSet, right: CharSet): boolean {
  return left.some(([first, last]) => right.some(([otherFirst, otherLast]) => first <= otherLast && otherFirst <= last));
}

/** What may be found besides when case is ignored; everything where that is more than the letters of ASCII. */
export function withCases(set: CharSet): CharSet {
  const isSmall = sizeOf(set) <= enumerable;
  const listed = isSmall ? set : complement(set);
  if (sizeOf(listed) > enumerable) return everything;
  const members = [...membersOf(listed)];
  if (members.some((code) => code >= 128 && !likeAscii.has(code) && hasCases(code))) return everything;
  const others = (code: number): CharSet => casesOf(code).map((other): CharRange => [other, other]);
  if (isSmall) return charSet([...set, ...members.flatMap(others)]);
  return charSet([...set, ...members.filter((code) => meet(others(code), set)).map((code): CharRange => [code, code])]);
}

/** With the other cases of all its characters, as far as that is known. */
export function isClosed(set: CharSet): boolean {
  return sizeOf(withCases(set)) === sizeOf(set);
}

const enumerable = 2048;

export function sizeOf(set: CharSet): number {
  return set.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function* membersOf(set: CharSet): Generator<number> {
  for (const [first, last] of set) for (let code = first; code <= last; code += 1) yield code;
}

function hasCases(code: number): boolean {
  const character = String.fromCodePoint(code);
  return character.toLowerCase() !== character || character.toUpperCase() !== character;
}

/** The long s and the sign of Kelvin are letters s and k as well. */
const likeAscii: ReadonlySet<number> = new Set([0x17f, 0x212a]);

/** Of a character of ASCII, or like one. */
function casesOf(code: number): readonly number[] {
  const lower = String.fromCodePoint(code).toUpperCase().toLowerCase();
  const cases = [lower.charCodeAt(0), lower.toUpperCase().charCodeAt(0)];
  return lower === 'k' ? [...cases, 0x212a] : lower === 's' ? [...cases, 0x17f] : cases;
}

const digit: CharSet = [[48, 57]];
const upper: CharSet = [[65, 90]];
const lower: CharSet = [[97, 122]];
const punctuation: CharSet = [[33, 47], [58, 64], [91, 96], [123, 126]];
/** Java's; JavaScript's are without U+0085. */
export const lineEnds: CharSet = [[10, 10], [13, 13], [0x85, 0x85], [0x2028, 0x2029]];
/** JavaScript's: Java's and RE2's are smaller. */
const space: CharSet = charSet([[9, 13], [32, 32], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]]);

const word = charSet([...digit, ...upper, ...lower, [95, 95]]);
/** Of `\d` and its like. */
export const escapeSets: Readonly<Record<string, CharSet>> = {
  d: digit, D: complement(digit), w: word, W: complement(word), s: space, S: complement(space),
};

/** `\p{Alpha}` of Java and `[:alpha:]` of POSIX: all of ASCII. In lower case. */
export const asciiSets: ReadonlyMap<string, CharSet> = new Map([
  ['lower', lower], ['upper', upper], ['digit', digit], ['ascii', charSet([[0, 127]])], ['punct', punctuation],
  ['alpha', charSet([...upper, ...lower])], ['alnum', charSet([...digit, ...upper, ...lower])], ['word', word],
  ['graph', charSet([[33, 126]])], ['print', charSet([[32, 126]])], ['blank', charSet([[9, 9], [32, 32]])],
  ['cntrl', charSet([[0, 31], [127, 127]])], ['xdigit', charSet([...digit, [65, 70], [97, 102]])], ['space', charSet([[9, 13], [32, 32]])],
]);
