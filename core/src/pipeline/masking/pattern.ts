/** Regular expressions of masking rules. Most texts are passed over because they lack the literal that a match begins with. */
import { compileLinearPattern, type LinearPattern } from '../../kernel/linear-pattern.js';

export interface MaskPattern {
  readonly expression: LinearPattern;
  /** What every match begins with; "" when that is not known. */
  readonly prefix: string;
}

const maxPatternLength = 1000;

/** Throws an Error whose message says what is wrong with it. */
export function compilePattern(text: string): MaskPattern {
  if (text === '') throw new Error('pattern is empty');
  if (text.length > maxPatternLength) throw new Error(`pattern is longer than ${maxPatternLength} characters`);
  const expression = compileLinearPattern(text);
  if (expression.test('')) throw new Error('pattern matches the empty text, and so every text');
  return { expression, prefix: prefixOf(text) };
}

/** Plain characters that begin the pattern, but for one that a quantifier may take away. */
function prefixOf(source: string): string {
  if (source.includes('|')) return '';
  const plain = /^[^\\[\](){}^$.*+?|]*/.exec(source)?.[0] ?? '';
  return /^[*+?{]/.test(source.slice(plain.length)) ? plain.slice(0, -1) : plain;
}
