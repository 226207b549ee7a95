/** Writes a pattern for an engine, with the same meaning for both. */
import { complement, isClosed, sizeOf, type CharRange } from './char-set.js';
import type { Engine, NamedClass, PatternNode, SetNode } from './pattern-tree.js';
import { lastLineText } from './text-end.js';

export function writePattern(root: PatternNode, engine: Engine): string {
  return write(root, { engine, marks: 0 });
}

interface Writing {
  readonly engine: Engine;
  /** So far. */
  marks: number;
}

function write(node: PatternNode, writing: Writing): string {
  switch (node.type) {
    case 'set':
      return setText(node, writing.engine);
    case 'assertion':
      return node.kind === 'last-line' ? lastLineText(node.text, writing.engine, (writing.marks += 1)) : node.text;
    case 'flags':
      return node.text === '' ? '' : `(?${node.text})`;
    case 'group':
      return `(${openingOf(node)}${write(node.body, writing)})`;
    case 'repeat':
      return `${quantifiable(node.body, writing)}${node.text}`;
    case 'sequence':
      return node.items.map((item) => write(item, writing)).join('');
    case 'choice':
      return node.options.map((option) => write(option, writing)).join('|');
  }
}

function openingOf({ captures, name, flags }: Extract<PatternNode, { type: 'group' }>): string {
  if (name !== undefined) return `?<${name}>`;
  return captures ? '' : `?${flags}:`;
}

function quantifiable(body: PatternNode, writing: Writing): string {
  const text = write(body, writing);
  return body.type === 'assertion' ? `(?:${text})` : text;
}

function setText(node: SetNode, engine: Engine): string {
  const { set, negated, named } = shorter(node);
  const [first] = set;
  if (first !== undefined && set.length === 1 && named.length === 0 && !negated && first[0] === first[1]) return escaped(first[0]);
  // What has no character is never found; an empty [] is an error to one engine.
  if (first === undefined && named.length === 0) return negated ? '[\\s\\S]' : '[^\\s\\S]';
  return `[${negated ? '^' : ''}${set.map(rangeText).join('')}${named.map((each) => className(each, engine)).join('')}]`;
}

/** The engines add the other cases one by one, which takes long for nearly all characters. */
function shorter(node: SetNode): SetNode {
  if (node.named.length > 0 || sizeOf(node.set) <= mostCharacters) return node;
  const others = complement(node.set);
  return isClosed(others) ? { ...node, set: others, negated: !node.negated } : node;
}

const mostCharacters = 0x80000;

function rangeText([first, last]: CharRange): string {
  return first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`;
}

const special = /^[\\^$.*+?()[\]{}|/-]$/;

function escaped(code: number): string {
  const character = String.fromCodePoint(code);
  // Both engines know \x2d; one of them does not know \- everywhere.
  return special.test(character) ? `\\x${code.toString(16).padStart(2, '0')}` : character;
}

const categories = /^(?:C[cfnos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

/** Scripts have a prefix in one engine and none in the other. */
function className({ name, negated }: NamedClass, engine: Engine): string {
  const isScript = engine === 'v8' && !categories.test(name);
  return `\\${negated ? 'P' : 'p'}{${isScript ? 'Script=' : ''}${name}}`;
}
