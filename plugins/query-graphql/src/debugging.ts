/** The trace of a query itself, which SkyWalking's clients may ask for. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '@meterlark/core';

export interface Debuggable {
  readonly debug?: boolean | null;
}

const nanosPerMs = 1_000_000;

export async function debugged<T extends object>(clock: Clock, operation: string, args: Debuggable & object, answer: () => Promise<T>) {
  const startMs = clock.now();
  const result = await answer();
  if (args.debug !== true) return result;
  const startTime = startMs * nanosPerMs;
  const endTime = clock.now() * nanosPerMs;
  const times = { startTime, endTime, duration: endTime - startTime };
  const span = { spanId: 0, parentSpanId: -1, operation, ...times };
  return { ...result, debuggingTrace: { traceId: randomUUID(), condition: JSON.stringify(args), ...times, spans: [span] } };
}
