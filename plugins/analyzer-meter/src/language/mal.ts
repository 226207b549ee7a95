/** MAL's three start rules. Each throws a MeterlarkError `METERLARK_LANGUAGE_…` that points into the source. */
import { defineLanguage, type SourceText } from '@meterlark/core';
import type { Closure, Expression, Link } from './ast.js';
import { MalParser } from './parser.js';
import { malTokens } from './tokens.js';

const mal = defineLanguage({ name: 'MAL', tokens: malTokens, parser: (maxDepth) => new MalParser(maxDepth) });

/** A rule's `exp`. */
export function parseExpression(source: SourceText): Expression {
  return start(source, (parser) => parser.expression());
}

/** A file's `expPrefix` or `expSuffix`. */
export function parseLinks(source: SourceText): readonly Link[] {
  return start(source, (parser) => parser.links());
}

/** A file's `filter`. */
export function parseClosure(source: SourceText): Closure {
  return start(source, (parser) => parser.closure());
}

function start<T>(source: SourceText, rule: (parser: MalParser) => T): T {
  return mal.parse(source, (parser) => {
    parser.source = source;
    return rule(parser);
  });
}
