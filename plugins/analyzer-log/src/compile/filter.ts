/** Statements of `filter { … }`. */
import type { FilterNode, ParserNode } from '../language/ast.js';
import { compileDefine, compileExtraction, compileIf } from './extractor.js';
import { compilePattern, groupsOf, patternText } from './patterns.js';
import { sequence, type Step } from './run.js';
import type { Scope } from './scope.js';
import { compileSink } from './sink.js';

export function compileFilter(body: readonly FilterNode[], scope: Scope): Step {
  return sequence(body.flatMap((node) => scope.attempt(() => statement(node, scope)) ?? []));
}

function statement(node: FilterNode, scope: Scope): Step {
  switch (node.type) {
    case 'parse':
      return node.language === 'text' ? textParser(node, scope) : bodyParser(node, node.language, scope);
    case 'abort':
      return (run) => run.abort();
    case 'define':
      return compileDefine(node, scope);
    case 'if':
      return compileIf(node, scope, (body) => compileFilter(body, scope));
    case 'extractor':
      return compileExtraction(node.body, scope);
    case 'sink':
      return compileSink(node.body, scope);
  }
}

function textParser({ pattern, abortOnFailure }: ParserNode, scope: Scope): Step {
  if (pattern === undefined) return () => true;
  const source = patternText(pattern);
  const compiled = compilePattern(source, pattern.at);
  if (scope.onlyPattern) scope.groups = groupsOf(source);
  return (run) => {
    const found = compiled.exec(run.input.body);
    if (found !== undefined) run.body = found.named;
    return found !== undefined || !abortOnFailure || run.abort();
  };
}

function bodyParser({ abortOnFailure }: ParserNode, language: 'json' | 'yaml', scope: Scope): Step {
  const read = scope.context.readers[language];
  return (run) => {
    const found = read(run.input.body, run.tools);
    run.body = found;
    if (found === undefined) return !abortOnFailure || run.abort();
    run.contentType = language;
    return true;
  };
}
