/** Reads what stands for one character: escapes and `[…]`. */
import { asciiSets, charSet, complement, escapeSets, withCases, type CharRange, type CharSet } from './char-set.js';
import type { PatternText } from './pattern-text.js';
import type { NamedClass, SetNode } from './pattern-tree.js';

/** Some characters: `single` when it is one, which may begin a range. */
interface Some {
  readonly set: CharSet;
  readonly named?: NamedClass;
  readonly single?: number;
}

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };
/** Digits behind \u and \x. */
const hexForms: Readonly<Record<string, RegExp>> = { u: /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/, x: /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/ };

/**
 * After the backslash. What a class leaves out is what its letters of both cases leave out: engines add the other
 * case to every set, and would make `\W` match s and k, whose other cases are no letters of ASCII (U+017F, U+212A).
 */
export function readEscape(text: PatternText, ignoresCase: boolean): Some {
  const letter = text.next();
  const set = escapeSets[letter.toLowerCase()];
  if (set !== undefined && letter in escapeSets) return { set: classOf(set, letter !== letter.toLowerCase(), ignoresCase) };
  if (letter === 'p' || letter === 'P') return property(text, letter === 'P', ignoresCase);
  const code = codeOf(text, letter);
  if (code === undefined) throw new Error(refusal(letter));
  return single(code);
}

function codeOf(text: PatternText, letter: string): number | undefined {
  if (letter in controls) return controls[letter];
  if (letter === 'u' || letter === 'x') return hexCode(text, letter);
  if (letter === 'c') {
    const [control = ''] = text.take(/^[a-zA-Z]/) ?? [];
    return control === '' ? undefined : control.charCodeAt(0) % 32;
  }
  if (letter === '0') return text.take(/^[0-9]/) === undefined ? 0 : undefined;
  return /^[a-zA-Z1-9]?$/.test(letter) ? undefined : letter.codePointAt(0);
}

/** Two halves of a character outside the first plane are one. */
function hexCode(text: PatternText, letter: string): number {
  const digits = text.take(hexForms[letter] ?? /^$/)?.slice(1).join('') ?? '';
  const code = Number.parseInt(digits, 16);
  if (digits === '' || code > 0x10ffff) throw new Error(`has \\${letter} without a number of a character`);
  if (code < 0xd800 || code > 0xdbff) return code;
  const low = text.take(/^\\u([dD][c-fC-F][0-9a-fA-F]{2})/)?.[1];
  return low === undefined ? code : 0x10000 + (code - 0xd800) * 0x400 + Number.parseInt(low, 16) - 0xdc00;
}

function refusal(letter: string): string {
  if (letter === '') return 'ends with a backslash';
  if (/[1-9k]/.test(letter)) return `refers back to a group by \\${letter}, which cannot run in linear time; write it without`;
  return `has \\${letter}, which is not known; write the characters that are meant`;
}

function classOf(set: CharSet, isOutside: boolean, ignoresCase: boolean): CharSet {
  const closed = ignoresCase ? withCases(set) : set;
  return isOutside ? complement(closed) : closed;
}

function property(text: PatternText, negated: boolean, ignoresCase: boolean): Some {
  const found = text.take(/^(?:\{(\^?)([\w=]{1,60})\}|([A-Z]))/);
  if (found === undefined) throw new Error('has \\p without the name of a class, as in \\p{L}');
  const name = (found[2] ?? found[3] ?? '').replace(/^(?:Is|(?:script|sc|gc|general_category)=)/i, '');
  const outside = negated !== (found[1] === '^');
  const ascii = asciiSets.get(name.toLowerCase());
  if (ascii !== undefined) return { set: classOf(ascii, outside, ignoresCase) };
  return { set: [], named: { name, negated: outside } };
}

function single(code: number): Some {
  return { set: [[code, code]], single: code };
}

/** After the `[`. */
export function readClass(text: PatternText, ignoresCase: boolean): SetNode {
  const negated = text.take(/^\^/) !== undefined;
  const ranges: CharRange[] = [];
  const named: NamedClass[] = [];
  for (let isFirst = true; isFirst || text.take(/^\]/) === undefined; isFirst = false) {
    const item = readItem(text, ignoresCase);
    if (item.named !== undefined) named.push(item.named);
    ranges.push(...(item.single === undefined ? item.set : [rangeFrom(text, item.single)]));
  }
  return { type: 'set', set: charSet(ranges), negated, named };
}

function rangeFrom(text: PatternText, first: number): CharRange {
  const isRange = text.take(/^-(?=[^\]])/) !== undefined;
  if (!isRange) return [first, first];
  const last = readItem(text, false).single;
  if (last === undefined || last < first) throw new Error('has a range in [] that does not go from a character to a greater one');
  return [first, last];
}

function readItem(text: PatternText, ignoresCase: boolean): Some {
  const posix = text.take(/^\[:(\^?)(\w+):\]/);
  if (posix !== undefined) return posixClass(posix[2] ?? '', posix[1] === '^', ignoresCase);
  if (text.take(/^&&/) !== undefined) throw new Error('has && in [], which is not supported; write \\& for the character');
  const character = text.next();
  if (character === '') throw new Error('has a [ without its ]');
  if (character === '[') throw new Error('has a [ within [], which is read as a class within a class elsewhere; write \\[ for the character');
  if (character !== '\\') return single(character.codePointAt(0) ?? 0);
  return text.take(/^b/) === undefined ? readEscape(text, ignoresCase) : single(8);
}

function posixClass(name: string, outside: boolean, ignoresCase: boolean): Some {
  const set = asciiSets.get(name);
  if (set === undefined) throw new Error(`has a class [:${name.slice(0, 20)}:] that is not known`);
  return { set: classOf(set, outside, ignoresCase) };
}
