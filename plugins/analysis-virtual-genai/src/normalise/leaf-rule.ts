/** Which spans are one call to a model; the words are in dialects/gates.ts. */
import type { Span } from '@meterlark/core';
import { operationsBySpanName } from '../dialects/gates.js';
import { read, type CallPlan, type ShapePlan } from './plan.js';

/** undefined: no call; "": no gate says anything. */
export function operationOf({ gates, noCall }: ShapePlan, { attributes: { values }, name }: Span): string | undefined {
  let operation = '';
  let passed = false;
  for (const { place, words } of gates) {
    const word = values[place];
    if (word === undefined || word === '') continue;
    const meaning = words.get(typeof word === 'string' ? word.toLowerCase() : '');
    if (meaning === undefined) return undefined;
    passed = true;
    operation ||= meaning;
  }
  if (operation !== '') return operation;
  if (passed) return Object.hasOwn(operationsBySpanName, name) ? operationsBySpanName[name] : 'chat';
  return noCall ? undefined : '';
}

/**
 * The operation by which a span was turned away and of which nobody knows whether it is a call; "" when it is known, or
 * something else says that the span is none.
 */
export function unknownOperation({ gates, noCall }: ShapePlan, { attributes: { values } }: Span): string {
  if (noCall) return '';
  let unknown = '';
  for (const { place, words, others } of gates) {
    const told = values[place];
    if (told === undefined || told === '') continue;
    const word = typeof told === 'string' ? told.toLowerCase() : '';
    if (words.has(word)) continue;
    if (word === '' || others === undefined || others.has(word)) return '';
    unknown ||= word;
  }
  return unknown;
}

export function hasTokens({ steps }: CallPlan, { attributes: { values } }: Span): boolean {
  return read(steps.input, values) !== undefined || read(steps.output, values) !== undefined;
}

/** Nobody says what kind of span it is: a response's model does, and so does a request's with usage or a failure. */
export function isCallWithoutGate(plan: CallPlan, span: Span): boolean {
  const { steps } = plan;
  const { attributes: { values }, status } = span;
  if (read(steps.responseModel, values) !== undefined) return true;
  if (read(steps.requestModel, values) === undefined) return false;
  return status === 'error' || hasTokens(plan, span);
}

/** SkyWalking's layer says that a span is a call; one that failed may know only what it asked for. */
export function isNativeCall({ steps }: CallPlan, { segment, status, attributes: { values } }: Span): boolean {
  if (segment?.layer !== 'GenAI') return false;
  if (read(steps.responseModel, values) !== undefined) return true;
  return status === 'error' && read(steps.requestModel, values) !== undefined;
}
