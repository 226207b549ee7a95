/** Writes a pattern for an engine, with the same meaning for both. */
import type { CharRange } from './char-set.js';
import type { NamedClass, PatternNode, SetNode } from './pattern-tree.js';

export type Engine = 'linear' | 'v8';

export function writePattern(node: PatternNode, engine: Engine): string {
  switch (node.type) {
    case 'set':
      return setText(node, engine);
    case 'assertion':
      return node.text;
    case 'flags':
      return node.text === '' ? '' : `(?${node.text})`;
    case 'group':
      return `(${openingOf(node)}${writePattern(node.body, engine)})`;
    case 'repeat':
      return `${quantifiable(node.body, engine)}${node.text}`;
    case 'sequence':
      return node.items.map((item) => writePattern(item, engine)).join('');
    case 'choice':
      return node.options.map((option) => writePattern(option, engine)).join('|');
  }
}

function openingOf({ captures, name, flags }: Extract<PatternNode, { type: 'group' }>): string {
  if (name !== undefined) return `?<${name}>`;
  return captures ? '' : `?${flags}:`;
}

function quantifiable(body: PatternNode, engine: Engine): string {
  const text = writePattern(body, engine);
  return body.type === 'assertion' ? `(?:${text})` : text;
}

function setText({ set, negated, named }: SetNode, engine: Engine): string {
  const [first] = set;
  if (first !== undefined && set.length === 1 && named.length === 0 && !negated && first[0] === first[1]) return escaped(first[0]);
  // What has no character is never found; an empty [] is an error to one engine.
  if (first === undefined && named.length === 0) return negated ? '[\\s\\S]' : '[^\\s\\S]';
  return `[${negated ? '^' : ''}${set.map(rangeText).join('')}${named.map((each) => className(each, engine)).join('')}]`;
}

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
