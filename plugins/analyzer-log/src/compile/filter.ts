/** Statements of `filter { … }`. */
import type { FilterNode, ParserNode } from '../language/ast.js';
import { compileDefine, compileExtraction, compileIf } from './extractor.js';
import { finderOf, groupsOf, patternText } from './patterns.js';
import { sequence, type RuleRun, type Step } from './run.js';
import type { Scope } from './scope.js';
import { compileSink } from './sink.js';
import { RunFailure } from './values.js';

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
  const find = finderOf(source, pattern.at);
  if (scope.onlyPattern) scope.groups = groupsOf(source);
  const search = abortOnFailure ? find : orNothing(find);
  return (run) => {
    const found = search(run.input.body, run);
    if (found !== undefined) run.body = found;
    return found !== undefined || !abortOnFailure || run.abort();
  };
}

/** A body that costs the pattern too much is one that it is not in, where that is no reason to stop. */
function orNothing(find: ReturnType<typeof finderOf>): ReturnType<typeof finderOf> {
  return (text: string, run: RuleRun) => {
    try {
      return find(text, run);
    } catch (error) {
      if (error instanceof RunFailure) return undefined;
      throw error;
    }
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
