/** How a call ended. */
import { attributeOf, type CallEnd, type CallStatus, type Span } from '@meterlark/core';
import { read, type CallPlan } from './plan.js';
import { numberOf, textOf, type Value } from './readings.js';
import { bounded } from './text.js';

export interface Ending {
  readonly status: CallStatus;
  /** "" when the call did not fail. */
  readonly errorType: string;
  readonly finishReason: string;
}

/** What OTel calls a failure of which nobody told the type. */
const otherError = '_OTHER';
const failedReasons: ReadonlySet<string> = new Set(['error', 'failed', 'server_error']);
const abortedReasons: ReadonlySet<string> = new Set([
  'abort', 'aborted', 'cancel', 'cancelled', 'canceled', 'client_disconnect',
]);
const cancelled = /cancel|abort|client.?(closed|disconnect)|disconnected by client|GeneratorExit|\b499\b/i;
const exceptionKeys = ['exception.type', 'error.kind', 'error.type'];

export function endingOf({ steps }: CallPlan, span: Span): Ending {
  const { values } = span.attributes;
  const finishReason = (read(steps.finishReason, values) as string | undefined) ?? '';
  const told = (read(steps.errorType, values) as string | undefined) ?? '';
  const httpStatus = (read(steps.httpStatus, values) as number | undefined) ?? 0;
  const flagged = isFlag(read(steps.errorFlag, values));
  const says = told !== '' || httpStatus >= 400 || failedReasons.has(finishReason) || flagged;
  const failed = span.status === 'error' || says;
  if (!failed) return { status: 'ok', errorType: '', finishReason };
  return { status: 'error', errorType: told !== '' ? told : errorTypeOf(span, httpStatus, finishReason), finishReason };
}

export function endOf(span: Span, { status, errorType, finishReason }: Ending, hasUsage: boolean): CallEnd {
  if (abortedReasons.has(finishReason)) return 'client-aborted';
  if (status === 'error') {
    return cancelled.test(errorType) || cancelled.test(span.statusMessage) ? 'client-aborted' : 'upstream-failed';
  }
  return hasUsage ? 'complete' : 'usage-missing';
}

function errorTypeOf(span: Span, httpStatus: number, finishReason: string): string {
  for (let place = span.events.length - 1; place >= 0; place -= 1) {
    const { attributes } = span.events[place]!;
    for (const key of exceptionKeys) {
      const type = textOf(attributeOf(attributes, key));
      if (type !== undefined) return type;
    }
  }
  if (httpStatus >= 400) return String(httpStatus);
  return failedReasons.has(finishReason) ? bounded(finishReason) : otherError;
}

/** Zipkin's tag `error` says what went wrong, or just that something did; "false" and 0 say that nothing did. */
function isFlag(value: Value | undefined): boolean {
  return value !== undefined && String(value).toLowerCase() !== 'false' && numberOf(value) !== 0;
}
