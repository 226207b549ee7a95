/** The endpoint over fakes of the query layer. */
import {
  CallQuery,
  Clock,
  CoverageQuery,
  ExpressionQuery,
  LogQuery,
  LogTrial,
  MetadataQuery,
  ProcessInfo,
  ServerState,
  StorageHealth,
  TraceQuery,
  type CoverageRequest,
  type EntityQuery,
  type EntityRecord,
  type ExpressionRequest,
  type ExpressionResult,
  type MetricDefinition,
  type ServiceToken,
  type SignalCoverage,
} from '@meterlark/core';
import { definitionOf, ManualClock, RecordingLogger } from '@meterlark/core/testing';
import provider from '../src/index.js';
import { makeEndpoint } from '../src/make-endpoint.js';
import type { GraphqlSettings } from '../src/settings.js';
import { FakeCalls, FakeLogs, FakeTraces, FakeTrial } from './fake-records.js';

export const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export class FakeMetadata implements MetadataQuery {
  readonly asked: EntityQuery[] = [];
  records: EntityRecord[] = [];
  definitions: MetricDefinition[] = [];

  async entities(query: EntityQuery): Promise<readonly EntityRecord[]> {
    this.asked.push(query);
    return this.records
      .filter((record) => record.scope === query.scope)
      .filter((record) => query.ids === undefined || query.ids.includes(record.id))
      .filter((record) => query.serviceId === undefined || record.serviceId === query.serviceId)
      .filter((record) => query.layer === undefined || record.layers.includes(query.layer))
      .filter((record) => record.name.includes(query.keyword ?? ''))
      .filter((record) => record.lastSeenMs >= (query.fromMs ?? 0) && record.firstSeenMs < (query.toMs ?? Infinity))
      .slice(0, query.limit);
  }

  async metric(name: string): Promise<MetricDefinition | undefined> {
    return this.definitions.find((definition) => definition.name === name);
  }

  async metrics(): Promise<readonly MetricDefinition[]> {
    return this.definitions;
  }
}

/** Answers a series of one value, and tells how many requests came in each turn of the event loop. */
export class FakeExpressions implements ExpressionQuery {
  readonly asked: ExpressionRequest[] = [];
  readonly turns: number[] = [];
  answer: ExpressionResult | Error = { type: 'SINGLE_VALUE', results: [], error: undefined };
  private inThisTurn = 0;

  async evaluate(request: ExpressionRequest): Promise<ExpressionResult> {
    this.asked.push(request);
    if (this.inThisTurn === 0) {
      setImmediate(() => {
        this.turns.push(this.inThisTurn);
        this.inThisTurn = 0;
      });
    }
    this.inThisTurn += 1;
    // The answers come after the turn, as those of a store do.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }
}

export class FakeCoverage implements CoverageQuery {
  readonly asked: CoverageRequest[] = [];
  found: SignalCoverage[] = [];

  async coverage(request: CoverageRequest): Promise<readonly SignalCoverage[]> {
    this.asked.push(request);
    return this.found;
  }
}

export class FakeStorage implements StorageHealth {
  readonly retentionDays = { minute: 7, hour: 30, day: 365 };
  readonly recordDays = { trace: 7, call: 90, content: 7, log: 7 };
  fault: Error | undefined;

  async check(): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
  }
}

/** Parsed JSON, whose shape each test states by what it expects. */
type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly data: Json;
  readonly errors: Json[] | undefined;
  readonly text: string;
}

const defaults = Object.fromEntries(
  Object.entries(provider.config).map(([key, setting]) => [key, (setting as { default: unknown }).default]),
) as unknown as GraphqlSettings;

export function graphql(settings: Partial<GraphqlSettings> = {}) {
  const metadata = new FakeMetadata();
  const expressions = new FakeExpressions();
  const storage = new FakeStorage();
  const traces = new FakeTraces();
  const calls = new FakeCalls();
  const logs = new FakeLogs();
  const trial = new FakeTrial();
  const coverage = new FakeCoverage();
  const log = new RecordingLogger();
  const state = { value: 'ready' as ReturnType<ServerState['current']> };
  const services = new Map<symbol, unknown>([
    [Clock.key, new ManualClock(nowMs)],
    [MetadataQuery.key, metadata],
    [ExpressionQuery.key, expressions],
    [StorageHealth.key, storage],
    [TraceQuery.key, traces],
    [CallQuery.key, calls],
    [LogQuery.key, logs],
    [LogTrial.key, trial],
    [CoverageQuery.key, coverage],
    [ServerState.key, { current: () => state.value }],
    [ProcessInfo.key, { version: '0.1.0', startedAtMs: 0, rootFolder: '.' }],
  ]);
  const get = <T>(token: ServiceToken<T>) => services.get(token.key) as T;
  const resolver = { get, all: <T>(token: ServiceToken<T>) => (services.has(token.key) ? [get(token)] : []) };
  const endpoint = makeEndpoint({ ...defaults, ...settings }, resolver, log);

  const post = async (body: string | Buffer): Promise<Answer> => {
    const request = { method: 'POST', path: '/graphql', query: {}, header: () => undefined, body: Buffer.from(body as string) };
    const response = await endpoint.handle(request);
    const text = response.body as string;
    const parsed = JSON.parse(text);
    return { status: response.status, data: parsed.data, errors: parsed.errors, text };
  };
  const ask = (query: string, variables?: Record<string, unknown>) => post(JSON.stringify({ query, variables }));
  return { ask, post, metadata, expressions, storage, traces, calls, logs, trial, coverage, services, log, state };
}

export function record(over: Partial<EntityRecord> & Pick<EntityRecord, 'id' | 'scope' | 'name' | 'serviceId'>): EntityRecord {
  return {
    tenant: '',
    instanceId: '',
    layers: [],
    firstSeenMs: nowMs - 3_600_000,
    lastSeenMs: nowMs,
    properties: {},
    ...over,
  };
}

export function definition(over: Partial<MetricDefinition> & Pick<MetricDefinition, 'name'>): MetricDefinition {
  return definitionOf(over.name, over.kind ?? 'sum', { layer: 'ENVOY_AI_GATEWAY', ...over });
}
