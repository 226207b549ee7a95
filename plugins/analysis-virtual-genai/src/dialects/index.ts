/** All dialects, in the order in which they are recognised: the first that fits. */
import { langfuse } from './langfuse.js';
import { langsmith } from './langsmith.js';
import { openinference } from './openinference.js';
import { openlit, semconv, skywalking } from './semconv.js';
import { traceloop } from './traceloop.js';
import type { Dialect, Field, Reading, Source } from './table.js';
import { vercel } from './vercel.js';

export const dialects: readonly Dialect[] = [skywalking, vercel, openinference, langsmith, langfuse, openlit, traceloop, semconv];

/** After a dialect's own keys a span is asked for everyone else's, the conventions first: instrumentations mix. */
const everyone: readonly Dialect[] = [semconv, traceloop, openinference, vercel, langsmith, openlit, langfuse];

export const usualReading: Readonly<Record<Field, Reading>> = {
  provider: 'text', requestModel: 'text', responseModel: 'text',
  input: 'count', uncachedInput: 'count', cacheRead: 'count', cacheWrite: 'count', cacheWrite5m: 'count', cacheWrite1h: 'count',
  output: 'count', reasoning: 'count', audioInput: 'count', audioOutput: 'count', total: 'count',
  timeToFirstToken: 'seconds', firstTokenAt: 'isoTime', timePerOutputToken: 'seconds',
  streaming: 'flag', finishReason: 'first', serviceTier: 'text', serverAddress: 'text', reportedUsd: 'usd',
  errorType: 'text', errorFlag: 'text', httpStatus: 'count',
};

/** Everything a dialect reads for a field, each key (and place in it) once. */
export function sourcesOf(dialect: Dialect, field: Field): readonly Source[] {
  const seen = new Map<string, Source>();
  for (const source of [dialect, ...everyone].flatMap((one) => one.fields[field] ?? [])) {
    const { key, path = [], entry = '' } = typeof source === 'string' ? { key: source } : source;
    const place = [key, entry, ...path].join(' ');
    if (!seen.has(place)) seen.set(place, source);
  }
  return [...seen.values()];
}
