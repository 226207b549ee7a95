/** Statements of `sink { … }`: what is kept. The last sampler, enforcer or dropper that is met decides. */
import { lalErrors } from '../errors.js';
import type { RateLimitNode, SinkNode } from '../language/ast.js';
import { compileIf } from './extractor.js';
import { sequence, type RuleRun, type Step } from './run.js';
import { faultAt, type Scope } from './scope.js';
import { compileTemplate } from './template.js';
import { RunFailure, shown, type Value } from './values.js';

export function compileSink(body: readonly SinkNode[], scope: Scope): Step {
  const inner = statements(body, scope);
  return (run) => {
    if (!inner(run)) return false;
    if (run.saving) run.kept = true;
    return true;
  };
}

function statements(body: readonly SinkNode[], scope: Scope): Step {
  return sequence(body.flatMap((node) => scope.attempt(() => statement(node, scope)) ?? []));
}

function statement(node: SinkNode, scope: Scope): Step {
  switch (node.type) {
    case 'abort':
      return (run) => run.abort();
    case 'enforcer':
      return (run) => (run.saving = true);
    case 'dropper':
      return (run) => {
        run.saving = false;
        return true;
      };
    case 'sampler':
      return statements(node.body, scope);
    case 'if':
      return compileIf(node, scope, (body) => statements(body, scope));
    case 'rateLimit':
      return rateLimit(node, scope);
    case 'possibility':
      return possibility(node, scope);
  }
}

const maxRpm = 1_000_000_000;

function rateLimit({ id, rpm: image, at }: RateLimitNode, scope: Scope): Step {
  const rpm = Number(image);
  if (!/^\d+$/.test(image) || rpm > maxRpm) {
    throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, at, { reason: `rpm ${image} is no number of logs a minute`, form: 'rpm 1800, a whole number' });
  }
  const read = id === undefined ? (): string => scope.context.name : compileTemplate(id, scope);
  return (run: RuleRun) => {
    run.saving = run.tools.allow(read(run), rpm);
    return true;
  };
}

/** A number, or `settings.<name>`: then whoever loads the rules chooses. */
function possibility({ percent, at }: Extract<SinkNode, { type: 'possibility' }>, scope: Scope): Step {
  const { constant, read } = scope.value(percent);
  if (constant !== undefined && !isPercent(constant.value)) {
    const reason = `possibility(${shown(constant.value)}) is no share`;
    throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, at, { reason, form: 'possibility(30), a percentage from 0 to 100' });
  }
  return (run) => {
    const wanted = read(run);
    if (!isPercent(wanted)) throw new RunFailure('possibility: no percentage from 0 to 100');
    run.saving = run.tools.chance(run.input) * 100 < wanted;
    return true;
  };
}

function isPercent(value: Value): value is number {
  return typeof value === 'number' && value >= 0 && value <= 100;
}
