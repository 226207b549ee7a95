/** How large a pattern's program becomes, told before it is made: repetitions within one another multiply. */
import type { PatternNode, PatternTree } from './pattern-tree.js';

const maxRepeats = 1000;
/** Instructions. What a character costs at worst grows with them. */
export const maxProgramSize = 2000;

export function tooLarge(): Error {
  return new Error('is too large once its counted repetitions ({n,m}) are written out; repeat less');
}

/** Throws an Error whose message goes on from "pattern …". What is not repeated is as large as its source at most, and may still be made smaller. */
export function checkSize({ root }: PatternTree, sourceLength: number): void {
  if (repeats(root) > maxRepeats) throw new Error(`repeats something more than ${maxRepeats} times ({n,m}, also within one another); repeat less`);
  if (instructions(root) > maxProgramSize + sourceLength) throw tooLarge();
}

/** The most often a part of it is written out. */
function repeats(node: PatternNode): number {
  switch (node.type) {
    case 'group':
      return repeats(node.body);
    case 'repeat':
      return Math.max(1, isCounted(node) ? mostOf(node) : 1) * repeats(node.body);
    case 'sequence':
      return Math.max(1, ...node.items.map(repeats));
    case 'choice':
      return Math.max(...node.options.map(repeats));
    default:
      return 1;
  }
}

type Repeat = Extract<PatternNode, { type: 'repeat' }>;

function isCounted({ text }: Repeat): boolean {
  return text.startsWith('{');
}

function mostOf({ min, max }: Repeat): number {
  return max === Infinity ? min : max;
}

function instructions(node: PatternNode): number {
  switch (node.type) {
    case 'group':
      return instructions(node.body) + (node.captures ? 2 : 0);
    case 'repeat': {
      const optional = node.max === Infinity ? 1 : node.max - node.min;
      return Math.max(1, mostOf(node)) * instructions(node.body) + optional;
    }
    case 'sequence':
      return sum(node.items.map(instructions));
    case 'choice':
      return sum(node.options.map(instructions)) + node.options.length - 1;
    default:
      return 1;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
