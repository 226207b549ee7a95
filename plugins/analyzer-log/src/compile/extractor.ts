/** Statements of `extractor { … }`. */
import type { MetricSample } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { DefineNode, ExpressionNode, ExtractNode, FieldNode, IfNode, MetricsNode, PairNode } from '../language/ast.js';
import { asKind, asText } from './casts.js';
import type { Compiled } from './compiled.js';
import { compileTest } from './expressions.js';
import { outputFields, textSetters, type FieldType, type LogField } from './output-types.js';
import { sequence, type RuleRun, type Step } from './run.js';
import { faultAt, unknownName, type Scope } from './scope.js';
import { compileTimePattern } from './time-pattern.js';
import { decimalIn, integerOf, longOf, RunFailure, shown, type Value } from './values.js';

export function compileExtraction(body: readonly ExtractNode[], scope: Scope): Step {
  return sequence(body.flatMap((node) => scope.attempt(() => extraction(node, scope)) ?? []));
}

function extraction(node: ExtractNode, scope: Scope): Step {
  switch (node.type) {
    case 'abort':
      return (run) => run.abort();
    case 'define':
      return compileDefine(node, scope);
    case 'if':
      return compileIf(node, scope, (body) => compileExtraction(body, scope));
    case 'tag':
      return sequence(node.pairs.map((pair) => tag(pair, scope)));
    case 'metrics':
      return metrics(node, scope);
    case 'field':
      return field(node, scope);
  }
}

export function compileDefine({ name, value }: DefineNode, scope: Scope): Step {
  const { kind, read } = scope.value(value);
  const slot = scope.define(name, kind);
  return (run) => {
    run.locals[slot] = read(run);
    return true;
  };
}

export function compileIf<S>({ branches, otherwise }: IfNode<S>, scope: Scope, compile: (body: readonly S[]) => Step): Step {
  const tests = branches.map(({ condition, body }) => {
    const test = scope.attempt(() => compileTest(condition, scope)) ?? ((): boolean => false);
    return { test, then: compile(body) };
  });
  const last = compile(otherwise);
  const [only, second] = tests;
  if (only !== undefined && second === undefined) return (run) => (only.test(run) ? only.then(run) : last(run));
  return (run) => {
    for (const { test, then } of tests) if (test(run)) return then(run);
    return last(run);
  };
}

/** Tags without a value are none. */
function tag({ key, value }: PairNode, scope: Scope): Step {
  const { read } = asText(scope.value(value));
  if (typeof key === 'string') {
    return (run) => {
      const text = read(run);
      if (typeof text === 'string' && text !== '' && key !== '') run.addTag(key, text);
      return true;
    };
  }
  const readKey = asText(scope.value(key)).read;
  return (run) => {
    const name = readKey(run);
    const text = read(run);
    if (typeof name === 'string' && name !== '' && typeof text === 'string' && text !== '') run.addTag(name, text);
    return true;
  };
}

function field(node: FieldNode, scope: Scope): Step {
  const { outputType } = scope.context;
  const type = outputFields[outputType].get(node.name);
  if (type === undefined) {
    throw unknownName(`field of ${outputType}`, node.name, { at: node.at, known: [...outputFields[outputType].keys()] });
  }
  if (type.log === 'timestamp') return timestamp(node, scope);
  const value = scope.value(node.value);
  return type.log === undefined ? outputField(node.name, type, value) : logField(type.log, value);
}

function outputField(name: string, { kind, capital }: FieldType, value: Compiled): Step {
  const { read } = asKind(value, kind);
  return (run) => {
    const found = read(run) as string | number | boolean | undefined;
    run.setField(name, capital === true && typeof found === 'string' ? found.toUpperCase() : found);
    return true;
  };
}

function logField(name: Exclude<LogField, 'timestamp'>, value: Compiled): Step {
  const read = asText(value).read as (run: RuleRun) => string | undefined;
  if (name === 'spanId') {
    return (run) => {
      const text = read(run);
      run.spanId = text === undefined ? undefined : integerOf(text);
      return true;
    };
  }
  const set = textSetters[name];
  return (run) => {
    set(run, read(run));
    return true;
  };
}

/** What is not of the pattern, and 0, leave the log its own time. */
function timestamp({ value, pattern }: FieldNode, scope: Scope): Step {
  const compiled = scope.value(value);
  const { read } = pattern === undefined ? asKind(compiled, 'long') : asText(compiled);
  const parse = pattern === undefined ? longOf : timeReader(pattern);
  return (run) => {
    const found = read(run);
    const timeMs = found === undefined ? undefined : parse(found as string);
    run.timeMs = timeMs === 0 ? undefined : timeMs;
    return true;
  };
}

function timeReader({ image, at }: NonNullable<FieldNode['pattern']>): (text: string) => number | undefined {
  const pattern = image.slice(1, -1);
  try {
    return compileTimePattern(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw faultAt(lalErrors.METERLARK_LAL_TIME_PATTERN, at, { pattern: JSON.stringify(pattern.slice(0, 80)), reason }, error);
  }
}

function metrics(node: MetricsNode, scope: Scope): Step {
  const name = asText(scope.value(required(node, 'name')));
  const value = scope.value(required(node, 'value'));
  const time = node.timestamp === undefined ? undefined : asKind(scope.value(node.timestamp), 'long');
  const labels = node.labels.map(({ key, value: label }) => ({ key: labelKey(key, node), read: asText(scope.value(label)).read }));
  return (run) => {
    const sample: MetricSample = {
      name: nameOf(name.read(run)),
      labels: labelsOf(labels, run),
      value: sampleValue(value.read(run)),
      timeMs: time === undefined ? run.sampleTimeMs : (time.read(run) as number),
    };
    run.addSample(sample);
    return true;
  };
}

function required(node: MetricsNode, part: 'name' | 'value'): ExpressionNode {
  const found = node[part];
  if (found !== undefined) return found;
  throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, node.at, { reason: `metrics without ${part}`, form: 'metrics { name "requests" labels service: log.service value 1 }' });
}

function labelKey(key: PairNode['key'], { at }: MetricsNode): string {
  if (typeof key === 'string') return key;
  throw faultAt(lalErrors.METERLARK_LAL_STATEMENT, at, { reason: 'the name of a label is computed', form: 'labels level: parsed.level' });
}

function nameOf(name: Value): string {
  if (typeof name !== 'string' || name === '') throw new RunFailure('a sample without a name');
  return name;
}

/** Labels of null are left out. */
function labelsOf(labels: readonly { key: string; read: Compiled['read'] }[], run: RuleRun): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { key, read } of labels) {
    const text = read(run);
    if (typeof text === 'string') found[key] = text;
  }
  return found;
}

function sampleValue(value: Value): number {
  const number = typeof value === 'string' ? decimalIn(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new RunFailure(`${shown(value)} is no value of a sample`);
  return number;
}
