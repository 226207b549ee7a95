/** LAL's start rules. Each throws a MeterlarkError `METERLARK_LANGUAGE_…` that points into the source. */
import { defineLanguage, type SourceText } from '@meterlark/core';
import type { ExpressionNode, FilterNode } from './ast.js';
import { LalParser } from './parser.js';
import { lalTokens } from './tokens.js';

const lal = defineLanguage({ name: 'LAL', tokens: lalTokens, parser: (maxDepth) => new LalParser(maxDepth), limits: { tokens: 10_000 } });

/** A rule's `dsl`. */
export function parseFilter(source: SourceText): readonly FilterNode[] {
  return start(source, 'filter', (parser) => parser.filter());
}

/** What stands in `${ … }` of a sampler's id. */
export function parseInserted(source: SourceText): ExpressionNode {
  return start(source, 'inserted', (parser) => parser.inserted());
}

function start<T>(source: SourceText, name: string, rule: (parser: LalParser) => T): T {
  const read = (parser: LalParser): T => {
    parser.source = source;
    return rule(parser);
  };
  return lal.parse(source, read, name);
}
