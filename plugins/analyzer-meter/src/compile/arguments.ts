/** Reads a call's arguments as what its signature says; a wrong one is a fault with the form to write. */
import type { ErrorFields, MeterlarkError } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { Argument, CallExpression, Closure, Expression, Place } from '../language/ast.js';
import { faultAt } from '../language/fault.js';
import {
  downsamplings,
  enumMembers,
  type ArgumentKind,
  type Downsampling,
  type Signature,
} from './signatures.js';

export type Called = Pick<CallExpression, 'method' | 'args' | 'at'>;

/** Fault of the arguments against the signature, or undefined. */
export function argumentFault(
  call: Called,
  signature: Signature,
  layers: ReadonlySet<string>,
): MeterlarkError | undefined {
  const forms = signature.repeats === true ? [repeated(signature, call.args.length)] : signature.forms;
  const form =
    forms.find(({ length }) => length === call.args.length && length > 0) ??
    forms.find(({ length }) => length === call.args.length);
  if (form === undefined || (signature.repeats === true && call.args.length === 0)) {
    return fault(call, signature, call.at, `does not take ${count(call.args.length)}`);
  }
  const candidates = forms.filter(({ length }) => length === call.args.length);
  const failures = candidates.map((candidate) => firstMismatch(call, candidate));
  const index = failures.includes(undefined) ? failures.indexOf(undefined) : 0;
  const wrong = failures[index];
  if (wrong !== undefined)
    return fault(call, signature, wrong.at, `takes ${wrong.wanted} as argument ${wrong.position + 1}`);
  return unknownMember(call, candidates[index] ?? form, { signature, layers });
}

function count(length: number): string {
  return length === 1 ? '1 argument' : `${length} arguments`;
}

function repeated(signature: Signature, length: number): readonly ArgumentKind[] {
  const unit = signature.forms[0] ?? [];
  const rounds = Math.max(1, Math.floor(length / unit.length));
  return Array.from({ length: rounds }, () => unit).flat();
}

function fault(call: Called, signature: Signature, at: Place, reason: string): MeterlarkError {
  const fields: ErrorFields = { function: call.method, reason, form: signature.shown };
  return faultAt(malErrors.METERLARK_MAL_ARGUMENTS, at, fields);
}

interface Mismatch {
  readonly at: Place;
  readonly wanted: string;
  readonly position: number;
}

function firstMismatch(call: Called, form: readonly ArgumentKind[]): Mismatch | undefined {
  for (const [position, kind] of form.entries()) {
    const argument = call.args[position];
    if (argument !== undefined && !fits(argument, kind)) return { at: argument.at, wanted: wanted[kind], position };
  }
  return undefined;
}

const wanted: Readonly<Record<ArgumentKind, string>> = {
  string: 'a quoted text',
  strings: "a list of labels such as ['a', 'b']",
  number: 'a number',
  numbers: 'a list of numbers from 0 to 100',
  operand: 'a metric or a number',
  closure: 'a closure { tags -> … }',
  closure2: 'a closure { element, tags -> … }',
  duration: "an ISO 8601 duration such as 'PT1M', longer than 0 and at most a day",
  layer: 'a layer such as Layer.GENERAL',
  DetectPoint: 'DetectPoint.CLIENT or DetectPoint.SERVER',
  TimeUnit: 'a time unit such as TimeUnit.SECONDS',
  K8sRetagType: 'K8sRetagType.Pod2Service',
  downsampling: 'AVG, SUM, SUM_PER_MIN, MAX, MIN or LATEST',
};

function fits(argument: Argument, kind: ArgumentKind): boolean {
  switch (kind) {
    case 'string':
      return argument.type === 'string' || argument.type === 'null';
    case 'strings':
      return argument.type === 'strings';
    case 'numbers':
      return argument.type === 'numbers' && argument.values.every((value) => value >= 0 && value <= 100);
    case 'number':
      return constantOf(argument) !== undefined;
    case 'operand':
      return argument.type === 'expression';
    case 'closure':
    case 'closure2':
      return argument.type === 'closure' || (kind === 'closure' && argument.type === 'null');
    case 'duration':
      return argument.type === 'string' && durationMs(argument.value) !== undefined;
    case 'downsampling':
      return downsamplingOf(argument) !== undefined;
    case 'layer':
      return argument.type === 'enum' && argument.enum === 'Layer';
    case 'DetectPoint':
    case 'TimeUnit':
    case 'K8sRetagType':
      return argument.type === 'enum' && argument.enum === kind && enumMembers[kind].has(argument.member);
  }
}

function unknownMember(
  call: Called,
  form: readonly ArgumentKind[],
  { layers }: { readonly signature: Signature; readonly layers: ReadonlySet<string> },
): MeterlarkError | undefined {
  const argument = call.args[form.indexOf('layer')];
  if (argument?.type !== 'enum' || argument.enum !== 'Layer' || layers.has(argument.member)) return undefined;
  return faultAt(malErrors.METERLARK_MAL_UNKNOWN_LAYER, argument.at, { layer: argument.member });
}

/** A number, also with a sign. */
export function constantOf(argument: Argument | undefined): number | undefined {
  return argument?.type === 'expression' ? constantValue(argument.value) : undefined;
}

function constantValue(expression: Expression): number | undefined {
  if (expression.type === 'number') return expression.value;
  if (expression.type !== 'negate') return undefined;
  const value = constantValue(expression.operand);
  return value === undefined ? undefined : -value;
}

export function downsamplingOf(argument: Argument | undefined): Downsampling | undefined {
  if (argument?.type === 'enum' && argument.enum === 'DownsamplingType') return downsamplings.get(argument.member);
  if (argument?.type !== 'expression' || argument.value.type !== 'metric') return undefined;
  return downsamplings.get(argument.value.name);
}

const dayInMs = 86_400_000;

/** `PT1M`, `PT1H30M`, `P1D`; undefined when unreadable, 0 or longer than a day. */
export function durationMs(text: string): number | undefined {
  const match = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,8}(?:\.\d{1,3})?)S)?)?$/i.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part: string | undefined) => Number(part ?? 0));
  const total = (days ?? 0) * dayInMs + (hours ?? 0) * 3_600_000 + (minutes ?? 0) * 60_000 + (seconds ?? 0) * 1000;
  return total > 0 && total <= dayInMs ? total : undefined;
}

export function textOf(argument: Argument | undefined): string {
  return argument?.type === 'string' ? argument.value : '';
}

export function listOf(argument: Argument | undefined): readonly string[] {
  return argument?.type === 'strings' ? argument.values : [];
}

export function closureOf(argument: Argument | undefined): Closure | undefined {
  return argument?.type === 'closure' ? argument.closure : undefined;
}

export function memberOf(argument: Argument | undefined): string {
  return argument?.type === 'enum' ? argument.member : '';
}
