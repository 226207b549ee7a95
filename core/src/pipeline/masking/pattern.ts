/**
 * Regular expressions of masking rules. JavaScript's engine backtracks, so what a pattern may cost is bounded from
 * three sides: patterns that could take exponential time are refused, most texts are passed over because they lack
 * the literal that a match begins with, and longer texts are searched under a deadline (see deadline-guard.ts).
 */
import { costOf } from './pattern-cost.js';

export interface MaskPattern {
  /** With the flag g. */
  readonly expression: RegExp;
  /** What every match begins with; "" when that is not known. */
  readonly prefix: string;
  /** Texts up to this length are searched without a deadline. */
  readonly directLength: number;
}

const maxPatternLength = 1000;

/** Throws an Error whose message says what is wrong with it. */
export function compilePattern(text: string): MaskPattern {
  if (text === '') throw new Error('pattern is empty');
  if (text.length > maxPatternLength) throw new Error(`pattern is longer than ${maxPatternLength} characters`);
  const ignoresCase = text.startsWith('(?i)');
  const source = ignoresCase ? text.slice(4) : text;
  const expression = regularExpression(source, ignoresCase);
  if (new RegExp(expression.source, expression.flags.replace('g', '')).test('')) {
    throw new Error('pattern matches the empty text, and so every text');
  }
  const { unbounded } = costOf(source);
  return { expression, prefix: ignoresCase ? '' : prefixOf(source), directLength: unbounded <= 1 ? 1024 : unbounded === 2 ? 512 : 128 };
}

/** Patterns with \p{…} are read by code points, all others leniently, so that `\-` and `\@` may be written. */
function regularExpression(source: string, ignoresCase: boolean): RegExp {
  try {
    return new RegExp(source, `g${ignoresCase ? 'i' : ''}${/\\[pP]\{/.test(source) ? 'u' : ''}`);
  } catch (error) {
    throw new Error(`pattern is no regular expression: ${error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : ''}`);
  }
}

/** Plain characters that begin the pattern, but for one that a quantifier may take away. */
function prefixOf(source: string): string {
  if (source.includes('|')) return '';
  const plain = /^[^\\[\](){}^$.*+?|]*/.exec(source)?.[0] ?? '';
  return /^[*+?{]/.test(source.slice(plain.length)) ? plain.slice(0, -1) : plain;
}
