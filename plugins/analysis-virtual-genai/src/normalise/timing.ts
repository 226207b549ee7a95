/** Time to first token and per output token, in milliseconds whatever the unit it came in. */
import type { Span } from '@meterlark/core';
import { read, type CallPlan } from './plan.js';

/** Events by which streaming instrumentations mark the first token (or each): the first one counts. */
const firstTokenEvents: ReadonlySet<string> = new Set([
  'First Token Stream Event', 'llm.content.completion.chunk', 'ai.stream.firstChunk', 'gen_ai.content.completion.chunk',
  'gen_ai.first_token',
]);

export interface Timing {
  readonly timeToFirstTokenMs: number | undefined;
  readonly timePerOutputTokenMs: number | undefined;
}

export function timingOf({ steps }: CallPlan, span: Span, output: number | undefined): Timing {
  const { values } = span.attributes;
  const toFirst = read(steps.timeToFirstToken, values) as number | undefined;
  const timeToFirstTokenMs = toFirst ?? fromClock(read(steps.firstTokenAt, values), span) ?? fromEvents(span);
  const told = read(steps.timePerOutputToken, values) as number | undefined;
  return {
    timeToFirstTokenMs, timePerOutputTokenMs: told ?? perToken(span.durationNs / 1e6, timeToFirstTokenMs, output),
  };
}

/** (duration - time to first token) / (output - 1), of streamed answers with more than one token. */
function perToken(durationMs: number, firstMs: number | undefined, output: number | undefined): number | undefined {
  if (firstMs === undefined || output === undefined || output < 2 || firstMs > durationMs) return undefined;
  return (durationMs - firstMs) / (output - 1);
}

function fromEvents({ events, startUs }: Span): number | undefined {
  for (const { name, timeUs } of events) {
    if (timeUs > startUs && firstTokenEvents.has(name)) return (timeUs - startUs) / 1000;
  }
  return undefined;
}

function fromClock(timeMs: unknown, { startUs }: Span): number | undefined {
  return typeof timeMs === 'number' && timeMs * 1000 > startUs ? timeMs - startUs / 1000 : undefined;
}
