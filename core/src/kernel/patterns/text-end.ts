/**
 * `$` as Java has it: it holds at the end of the text and before a line end that ends the text. Without looking ahead
 * that is said by a pattern for each of the ways in which texts end: behind a mark it takes the line end, and
 * what it found ends at the mark.
 */
import type { Engine, PatternNode, PatternTree } from './pattern-tree.js';

/** How a text ends: with no line end, with two characters that are one, with a single one. */
export type TextEnd = 'plain' | 'crlf' | 'single';

export function endOf(text: string): TextEnd {
  const last = text.charCodeAt(text.length - 1);
  if (last === 10) return text.charCodeAt(text.length - 2) === 13 ? 'crlf' : 'single';
  return last === 13 || last === 0x85 || last === 0x2028 || last === 0x2029 ? 'single' : 'plain';
}

const written = { crlf: '\r\n', single: '[\n\r\u0085\u2028\u2029]' };

/** The pattern for texts that end so; the same object when it is the same pattern. */
export function forTextEnd(tree: PatternTree, end: TextEnd): PatternTree {
  const root = resolved(tree.root, true, end);
  return root === tree.root ? tree : { ...tree, root };
}

/** A `$` behind which the pattern goes on is the end of the text only: what it would look at is not to be taken. */
function resolved(node: PatternNode, isLast: boolean, end: TextEnd): PatternNode {
  switch (node.type) {
    case 'assertion':
      if (node.kind !== 'last-line') return node;
      return isLast && end !== 'plain' ? { ...node, text: written[end] } : { type: 'assertion', kind: 'end', text: '$' };
    case 'group':
      return withBody(node, resolved(node.body, isLast, end));
    case 'repeat':
      return withBody(node, resolved(node.body, isLast && node.max === 1, end));
    case 'sequence': {
      const last = node.items.findLastIndex(({ type }) => type !== 'flags');
      const items = node.items.map((item, place) => resolved(item, isLast && place === last, end));
      return items.every((item, place) => item === node.items[place]) ? node : { ...node, items };
    }
    case 'choice': {
      const options = node.options.map((option) => resolved(option, isLast, end));
      return options.every((option, place) => option === node.options[place]) ? node : { ...node, options };
    }
    default:
      return node;
  }
}

function withBody<T extends Extract<PatternNode, { type: 'group' | 'repeat' }>>(node: T, body: PatternNode): T {
  return body === node.body ? node : { ...node, body };
}

/** A name no user's group can have: theirs are shorter. */
const markName = 'end'.padEnd(120, '_');

export function isEndMark(name: string): boolean {
  return name.startsWith(markName);
}

/** `place`: makes the name the only one. */
export function lastLineText(lineEnd: string, engine: Engine, place: number): string {
  return engine === 'v8' ? `(?:$|(?=${lineEnd}$))` : `(?:$|(?<${markName}${place}>)${lineEnd}$)`;
}
