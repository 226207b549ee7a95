/** What tests ask a server about model calls, metrics and traces, through its GraphQL. */
import { MetricStream, RecordStream } from '@meterlark/core';
import { graphql } from '../demo/client.js';
import type { RunningServer } from './support.js';

export interface AskedCall {
  readonly id: string;
  readonly traceId: string;
  readonly service: string;
  readonly source: string;
  readonly dialect: string;
  readonly provider: string;
  readonly model: string;
  readonly operation: string;
  readonly status: string;
  readonly errorType: string;
  readonly tokens: Readonly<Record<string, number | null>>;
  readonly timeToFirstTokenMs: number | null;
  readonly cost: { readonly source: string; readonly totalUsd: string | null };
  readonly revision: number;
}

/** Everything accepted so far is visible. */
export async function settle({ host }: RunningServer): Promise<void> {
  await host.get(MetricStream).flush();
  await host.get(RecordStream).flush();
}

export function dayOf(timeMs: number): { readonly start: string; readonly end: string; readonly step: 'DAY' } {
  const day = new Date(timeMs).toISOString().slice(0, 10);
  return { start: day, end: day, step: 'DAY' };
}

export async function callsOf(server: RunningServer, timeMs: number, condition: object = {}): Promise<readonly AskedCall[]> {
  const query = `query ($c: ModelCallCondition!) { queryModelCalls(condition: $c, paging: { pageSize: 1000 }) { calls {
    id traceId service source dialect provider model operation status errorType timeToFirstTokenMs revision
    tokens { input cacheRead output reasoning } cost { source totalUsd } } } }`;
  const answer = await graphql<{ queryModelCalls: { calls: AskedCall[] } }>(server.httpUrl, query, { c: { queryDuration: dayOf(timeMs), ...condition } });
  return answer.queryModelCalls.calls;
}

type Row = Readonly<Record<string, string | null>>;

/** Groups and measures of each row by name. */
export async function breakdown(server: RunningServer, timeMs: number, groupBy: readonly string[], measures: readonly string[]): Promise<readonly Row[]> {
  const query = `query ($by: [String!]!, $of: [String!]!, $d: Duration!) {
    modelCallBreakdown(groupBy: $by, measures: $of, duration: $d) { groups { key value } measures { name value } } }`;
  interface Group {
    readonly groups: readonly { readonly key: string; readonly value: string }[];
    readonly measures: readonly { readonly name: string; readonly value: string | null }[];
  }
  const answer = await graphql<{ modelCallBreakdown: readonly Group[] }>(server.httpUrl, query, { by: groupBy, of: measures, d: dayOf(timeMs) });
  return answer.modelCallBreakdown.map((group) =>
    Object.fromEntries([...group.groups.map(({ key, value }) => [key, value]), ...group.measures.map(({ name, value }) => [name, value])]),
  );
}

/** Value of the minute by the text of its labels; null where there is none. */
export async function metric(server: RunningServer, timeMs: number, name: string, entity: object): Promise<Readonly<Record<string, number | null>>> {
  const minute = new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');
  const query = `query ($entity: Entity!, $duration: Duration!) {
    execExpression(expression: ${JSON.stringify(name)}, entity: $entity, duration: $duration) { error results { metric { labels { value } } values { value } } } }`;
  interface Answer {
    readonly error: string | null;
    readonly results: readonly { readonly metric: { readonly labels: readonly { readonly value: string }[] }; readonly values: readonly { readonly value: string | null }[] }[];
  }
  const variables = { entity, duration: { start: minute, end: minute, step: 'MINUTE' } };
  const { execExpression } = await graphql<{ execExpression: Answer }>(server.httpUrl, query, variables);
  if (execExpression.error !== null) throw new Error(execExpression.error);
  return Object.fromEntries(
    execExpression.results.map(({ metric: { labels }, values }) => {
      const value = values[0]?.value ?? null;
      return [labels.map((label) => label.value).join(' '), value === null ? null : Number(value)];
    }),
  );
}

export interface AskedSpan {
  readonly segmentId: string;
  readonly endpointName: string;
  readonly isError: boolean;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

export async function traceOf(server: RunningServer, traceId: string): Promise<{ readonly spans: readonly AskedSpan[]; readonly modelCalls: readonly { readonly id: string }[] }> {
  const query = 'query ($id: ID!) { queryTrace(traceId: $id) { spans { segmentId endpointName isError tags { key value } } modelCalls { id } } }';
  return (await graphql<{ queryTrace: { spans: AskedSpan[]; modelCalls: { id: string }[] } }>(server.httpUrl, query, { id: traceId })).queryTrace;
}

export async function unpriced(server: RunningServer, timeMs: number): Promise<readonly { readonly model: string; readonly calls: number }[]> {
  const query = 'query ($d: Duration!) { unpricedModels(duration: $d) { provider model calls inputTokens outputTokens } }';
  return (await graphql<{ unpricedModels: { model: string; calls: number }[] }>(server.httpUrl, query, { d: dayOf(timeMs) })).unpricedModels;
}

export interface AskedLog {
  readonly serviceName: string;
  readonly serviceInstanceName: string | null;
  readonly endpointName: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly timestamp: number;
  readonly contentType: string;
  readonly content: string;
  readonly severity: string | null;
  readonly layer: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly modelCall: (AskedCall & { readonly endState: string }) | null;
  readonly trace: { readonly spans: readonly { readonly endpointName: string }[] } | null;
}

/** Newest first. */
export async function logsOf(server: RunningServer, timeMs: number, condition: object = {}): Promise<readonly AskedLog[]> {
  const query = `query ($c: LogQueryCondition) { queryLogs(condition: $c) { errorReason logs {
    serviceName serviceInstanceName endpointName traceId spanId timestamp contentType content severity layer tags { key value } trace { spans { endpointName } }
    modelCall { id traceId service source dialect provider model operation status errorType endState timeToFirstTokenMs revision
      tokens { input cacheRead output reasoning } cost { source totalUsd } } } } }`;
  type Shown = Omit<AskedLog, 'tags'> & { readonly tags: readonly { readonly key: string; readonly value: string }[] };
  const variables = { c: { queryDuration: dayOf(timeMs), paging: { pageNum: 1, pageSize: 100 }, ...condition } };
  const answer = await graphql<{ queryLogs: { errorReason: string | null; logs: readonly Shown[] } }>(server.httpUrl, query, variables);
  return answer.queryLogs.logs.map((log) => ({ ...log, tags: Object.fromEntries(log.tags.map(({ key, value }) => [key, value])) }));
}

export function tagged(tags: Readonly<Record<string, string>>): object {
  return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
}
