/** All dialects, in the order in which they are recognised: the first that fits. */
import { langfuse } from './langfuse.js';
import { langsmith } from './langsmith.js';
import { openinference } from './openinference.js';
import { openlit, semconv, skywalking } from './semconv.js';
import { traceloop } from './traceloop.js';
import type { Dialect, Field, Reading, Source } from './table.js';
import { vercel } from './vercel.js';

export const dialects: readonly Dialect[] = [
  skywalking, vercel, openinference, langsmith, langfuse, openlit, traceloop, semconv,
];

/** After a dialect's own keys a span is asked for everyone else's, the conventions first: instrumentations mix. */
const everyone: readonly Dialect[] = [semconv, traceloop, openinference, vercel, langsmith, openlit, langfuse];

export const usualReading: Readonly<Record<Field, Reading>> = {
  provider: 'text', requestModel: 'text', responseModel: 'text',
  input: 'count', uncachedInput: 'count', cacheRead: 'count', cacheWrite: 'count', cacheWrite5m: 'count',
  cacheWrite1h: 'count',
  output: 'count', visibleOutput: 'count',
  reasoning: 'count', audioInput: 'count', audioOutput: 'count', total: 'count',
  timeToFirstToken: 'seconds', firstTokenAt: 'isoTime', timePerOutputToken: 'seconds',
  streaming: 'flag', finishReason: 'first', serviceTier: 'text', serverAddress: 'text', reportedUsd: 'usd',
  errorType: 'text', errorFlag: 'text', httpStatus: 'count',
};

export const fields = Object.keys(usualReading) as readonly Field[];

export interface FieldSource {
  readonly key: string;
  readonly source: Exclude<Source, string>;
}

/** Everything a dialect reads, by field, each key (and place in it) once. A shape asks for all of it. */
export const sourcesByDialect: ReadonlyMap<Dialect, Readonly<Record<Field, readonly FieldSource[]>>> = new Map(
  dialects.map((dialect) => [
    dialect, Object.fromEntries(fields.map((field) => [field, sourcesOf(dialect, field)])) as Record<Field,
    readonly FieldSource[]>,
  ]),
);

function sourcesOf(dialect: Dialect, field: Field): readonly FieldSource[] {
  const seen = new Map<string, FieldSource>();
  for (const told of [dialect, ...everyone].flatMap((one) => one.fields[field] ?? [])) {
    const source = typeof told === 'string' ? { key: told } : told;
    const place = [source.key, source.entry ?? '', ...(source.path ?? [])].join(' ');
    if (!seen.has(place)) seen.set(place, { key: source.key, source });
  }
  return [...seen.values()];
}

const modelFields: readonly Field[] = ['requestModel', 'responseModel'];

/** Keys that name a model. */
export const modelKeys: readonly string[] = [
  ...new Set(dialects.flatMap((dialect) => modelFields.flatMap((field) => sourcesOf(dialect, field))).map(({ key }) => key)),
];
