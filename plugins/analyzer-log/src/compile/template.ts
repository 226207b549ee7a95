/** A sampler's id: `"${log.service}:${parsed.code}"`. */
import type { SourceText } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { TextNode } from '../language/ast.js';
import { parseInserted } from '../language/lal.js';
import { unescaped } from './literals.js';
import type { RuleRun } from './run.js';
import { faultAt, type Scope } from './scope.js';
import { textOf } from './values.js';

type Read = (run: RuleRun) => string;

const maxInserted = 20;

export function compileTemplate(node: TextNode, scope: Scope): Read {
  const parts = partsOf(node);
  if (parts.length > maxInserted) {
    throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, node.at, { reason: `more than ${maxInserted} parts in an id`, form: 'fewer ${…}' });
  }
  const readers = parts.map((part) => readerOf(part, node, scope));
  const [only, second] = readers;
  if (only !== undefined && second === undefined) return only;
  return (run) => {
    let text = '';
    for (const read of readers) text += read(run);
    return text;
  };
}

/** Offsets count from the opening quote. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly inserted: boolean;
}

function partsOf(node: TextNode): readonly Part[] {
  const { image } = node;
  const parts: Part[] = [];
  let position = 1;
  while (position < image.length - 1) {
    const open = image.indexOf('${', position);
    const start = open < 0 ? image.length - 1 : open;
    if (start > position) parts.push({ start: position, end: start, inserted: false });
    if (open < 0) break;
    const end = closeOf(node, open + 2);
    parts.push({ start: open + 2, end, inserted: true });
    position = end + 1;
  }
  return parts;
}

function closeOf({ image, at }: TextNode, from: number): number {
  let depth = 1;
  for (let index = from; index < image.length - 1; index += 1) {
    if (image.charAt(index) === '{') depth += 1;
    if (image.charAt(index) === '}') depth -= 1;
    if (depth === 0) return index;
  }
  const place = { source: at.source, offset: at.offset + from - 2 };
  throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, place, { reason: '${ is not closed', form: '${log.service}' });
}

function readerOf({ start, end, inserted }: Part, { image, at }: TextNode, scope: Scope): Read {
  const text = image.slice(start, end);
  if (!inserted) {
    const literal = unescaped(`"${text}"`);
    return () => literal;
  }
  const source: SourceText = { file: at.source.file, text, locate: (offset) => at.source.locate(at.offset + start + offset) };
  const { kind, read } = scope.value(parseInserted(source));
  return (run) => textOf(read(run), kind);
}
