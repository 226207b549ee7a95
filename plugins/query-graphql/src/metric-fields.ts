/** Metric names and MQE. */
import { randomUUID } from 'node:crypto';
import {
  formatMqeValue,
  type Clock,
  type ExpressionQuery,
  type ExpressionResult,
  type ExpressionSeries,
  type Logger,
  type MetadataQuery,
  type QueryEntity,
} from '@meterlark/core';
import { parsePoints, type DurationInput } from './duration.js';
import { catalogOf, metricsType, typeOf } from './metric-names.js';
import { NameSearch } from './name-search.js';

export interface MetricServices {
  readonly metadata: MetadataQuery;
  readonly expressions: ExpressionQuery;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Names the clients know; the cause is in the log. */
const storageFault: ExpressionResult = { type: 'UNKNOWN', results: [], error: 'Internal IO exception, query metrics error.' };

interface ExpressionArguments {
  readonly expression: string;
  readonly entity: Readonly<Record<string, unknown>>;
  readonly duration: DurationInput;
  readonly debug?: boolean | null;
}

/** Clients send "" and null for what they do not use; the scope is that of the metric, not the one sent. */
export function entityOf(input: Readonly<Record<string, unknown>>): QueryEntity {
  const used = Object.entries(input).filter(([name, value]) => name !== 'scope' && value !== '' && value !== null && value !== undefined);
  return Object.fromEntries(used);
}

function seriesOf({ labels, values }: ExpressionSeries) {
  return {
    metric: { labels },
    values: values.map(({ id, value, owner, traceId }) => ({ id, owner, value: formatMqeValue(value), traceID: traceId })),
  };
}

export function metricFields(services: MetricServices) {
  const { metadata } = services;
  const search = new NameSearch(services.clock);
  return {
    typeOfMetrics: async ({ name }: { name: string }) => typeOf(name, await metadata.metric(name)),
    listMetrics: async ({ regex }: { regex?: string | null }) => {
      const definitions = new Map((await metadata.metrics()).map((definition) => [definition.name, definition]));
      const names = [...definitions.keys()].sort();
      const wanted = regex === undefined || regex === null || regex === '' ? names : search.matches(names, regex);
      return wanted.flatMap((name) => {
        const definition = definitions.get(name);
        return definition === undefined ? [] : [{ name, type: metricsType(definition), catalog: catalogOf(definition.scope) }];
      });
    },
    execExpression: (args: ExpressionArguments) => evaluate(services, args),
  };
}

/** Nothing is awaited before `evaluate`: all expressions of a request must reach the query layer in one turn of the event loop. */
async function evaluate(services: MetricServices, args: ExpressionArguments) {
  const startMs = services.clock.now();
  const { expression } = args;
  const duration = parsePoints(args.duration);
  const asked = services.expressions.evaluate({ tenant: '', expression, entity: entityOf(args.entity), duration });
  const result = await asked.catch((error: unknown) => {
    services.logger.error('an expression could not be answered', { expression, error });
    return storageFault;
  });
  return {
    type: result.type,
    error: result.error,
    results: result.results.map(seriesOf),
    debuggingTrace: args.debug === true ? debuggingTrace(args, result, { startMs, endMs: services.clock.now() }) : undefined,
  };
}

interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

const nanosPerMs = 1_000_000;

/** Times are nanoseconds, the step of the clock is a millisecond. */
function debuggingTrace(args: ExpressionArguments, result: ExpressionResult, period: Period) {
  const startTime = period.startMs * nanosPerMs;
  const endTime = period.endMs * nanosPerMs;
  const times = { startTime, endTime, duration: endTime - startTime };
  const condition = `Expression: ${args.expression}, Entity: ${JSON.stringify(args.entity)}, Duration: ${JSON.stringify(args.duration)}`;
  const span = { spanId: 0, parentSpanId: -1, operation: 'MQE', ...times, msg: `type: ${result.type}`, error: result.error };
  return { traceId: randomUUID(), condition, ...times, spans: [span] };
}
