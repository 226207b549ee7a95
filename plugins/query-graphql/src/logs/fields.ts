/** Logs, the tags there are to search by, and what a rule makes of one. */
import { endpointId, instanceId, serviceId, type Clock, type LogQuery, type LogTrial, type ModelCall, type StoredLog } from '@meterlark/core';
import { debugged, type Debuggable } from '../debugging.js';
import type { DurationInput } from '../duration.js';
import { graphqlErrors } from '../errors.js';
import type { SearchableTags } from '../searchable-tags.js';
import { logsById, logsByName, type LogConditionInput, type LogSearch, type NamedLogConditionInput } from './condition.js';
import { RequestCalls } from './request-calls.js';

export interface LogServices {
  readonly logs: LogQuery;
  readonly tags: SearchableTags;
  readonly clock: Clock;
  readonly maxRows: number;
  /** undefined: no analyzer of logs runs. */
  readonly trial: LogTrial | undefined;
  /** What `Log.modelCall` and `Log.trace` answer. */
  readonly callShown: (call: ModelCall) => unknown;
  readonly trace: (traceId: string) => Promise<unknown>;
}

export function logFields(services: LogServices) {
  const { tags, maxRows } = services;
  const calls = new RequestCalls(services.logs);
  const list = (search: LogSearch | undefined, args: Debuggable & object) =>
    debugged(services.clock, 'Query logs', args, async () => ({
      logs: (await found(services, search)).map((log) => logShown(log, services, calls)),
    }));
  return {
    supportQueryLogsByKeywords: () => true,
    queryLogs: (args: Debuggable & { condition?: LogConditionInput | null }) => list(logsById(args.condition ?? nothing, maxRows), args),
    queryLogsByName: (args: Debuggable & { condition?: NamedLogConditionInput | null }) => list(logsByName(args.condition ?? nothing, maxRows), args),
    queryLogTagAutocompleteKeys: ({ duration }: { duration: DurationInput }) => tags.keys(duration),
    queryLogTagAutocompleteValues: ({ tagKey, duration }: { tagKey: string; duration: DurationInput }) => tags.values(tagKey, duration),
    test: async ({ requests: { dsl, log } }: { requests: { dsl: string; log: string } }) => {
      if (services.trial === undefined) throw graphqlErrors.METERLARK_GRAPHQL_NO_LOG_ANALYZER();
      const result = await services.trial.run(dsl, log);
      const metrics = result.samples.map(({ name, labels, value, timeMs }) => ({ name, tags: pairs(labels), value: Math.round(value), timestamp: timeMs }));
      return { log: result.log === undefined ? undefined : logShown(result.log, services, calls), metrics };
    },
  };
}

/** It names no range, which is refused. */
const nothing = { paging: { pageSize: 0 } };

async function found({ logs, tags }: LogServices, search: LogSearch | undefined): Promise<readonly StoredLog[]> {
  if (search === undefined || !(await tags.cover(search.condition.tags))) return [];
  return logs.logs(search.condition, search.page);
}

function logShown(log: StoredLog, { callShown, trace }: LogServices, calls: RequestCalls) {
  const service = { name: log.service, normal: true };
  return {
    serviceName: log.service,
    serviceId: serviceId(service),
    ...(log.instance === '' ? {} : { serviceInstanceName: log.instance, serviceInstanceId: instanceId(service, log.instance) }),
    ...(log.endpoint === '' ? {} : { endpointName: log.endpoint, endpointId: endpointId(service, log.endpoint) }),
    ...(log.traceId === '' ? {} : { traceId: log.traceId, trace: () => trace(log.traceId) }),
    ...(log.spanId === '' ? {} : { spanId: log.spanId }),
    timestamp: Math.floor(log.timeUs / 1000),
    contentType: log.contentType.toUpperCase(),
    content: log.body,
    tags: pairs(log.tags),
    severity: log.severity === '' ? undefined : log.severity,
    layer: log.layer === '' ? undefined : log.layer,
    modelCall: async () => {
      const call = await calls.of(log);
      return call === undefined ? undefined : callShown(call);
    },
  };
}

function pairs(texts: Readonly<Record<string, string>>): readonly { readonly key: string; readonly value: string }[] {
  return Object.entries(texts).map(([key, value]) => ({ key, value }));
}
