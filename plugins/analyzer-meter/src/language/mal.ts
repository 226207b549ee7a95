/** MAL's three start rules. Each throws a MeterlarkError `METERLARK_LANGUAGE_…` that points into the source. */
import { defineLanguage, type SourceText } from '@meterlark/core';
import type { Closure, Expression, Link } from './ast.js';
import { MalParser } from './parser.js';
import { malTokens } from './tokens.js';

const mal = defineLanguage({ name: 'MAL', tokens: malTokens, parser: (maxDepth) => new MalParser(maxDepth) });

/** A rule's `exp`. */
export function parseExpression(source: SourceText): Expression {
  return start(source, 'expression', (parser) => parser.expression());
}

/** A file's `expPrefix` or `expSuffix`. */
export function parseLinks(source: SourceText): readonly Link[] {
  return start(source, 'links', (parser) => parser.links());
}

/** A file's `filter`. */
export function parseClosure(source: SourceText): Closure {
  return start(source, 'closure', (parser) => parser.closure());
}

function start<T>(source: SourceText, name: string, rule: (parser: MalParser) => T): T {
  const read = (parser: MalParser): T => {
    parser.source = source;
    return rule(parser);
  };
  return mal.parse(source, read, name);
}
