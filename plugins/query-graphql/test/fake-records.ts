/** Fakes of the query layer's traces and calls: they keep what they were asked, and answer what a test gave them. */
import {
  noUsage,
  type BreakdownRequest,
  type BreakdownRow,
  type CallCondition,
  type CallContent,
  type CallPage,
  type CallQuery,
  type EntryCondition,
  type EntryPage,
  type FacetQuery,
  type LogCondition,
  type LogCount,
  type LogPage,
  type LogQuery,
  type LogTrial,
  type LogTrialResult,
  type ModelCall,
  type StoredLog,
  type StoredSpan,
  type StoredTrace,
  type TraceQuery,
  type UnpricedModel,
} from '@meterlark/core';

export class FakeTraces implements TraceQuery {
  readonly asked: { readonly condition: EntryCondition; readonly page: EntryPage }[] = [];
  readonly askedFacets: FacetQuery[] = [];
  spans: StoredSpan[] = [];
  tagKeys: string[] = [];

  async traces(_tenant: string, traceIds: readonly string[]): Promise<readonly StoredTrace[]> {
    return traceIds.map((traceId) => ({ traceId, spans: this.spans.filter((span) => span.traceId === traceId), cut: false }));
  }

  async entries(condition: EntryCondition, page: EntryPage): Promise<readonly StoredSpan[]> {
    this.asked.push({ condition, page });
    return this.spans.filter(({ entry }) => entry);
  }

  async traceIds(): Promise<readonly string[]> {
    return [];
  }

  async facets(query: FacetQuery): Promise<readonly string[]> {
    this.askedFacets.push(query);
    return query.key === undefined ? this.tagKeys : [`${query.key}-value`];
  }
}

export class FakeCalls implements CallQuery {
  readonly asked: { readonly condition: CallCondition; readonly page: CallPage }[] = [];
  readonly askedBreakdowns: BreakdownRequest[] = [];
  found: ModelCall[] = [];
  rows: BreakdownRow[] = [];
  models: UnpricedModel[] = [];
  kept: CallContent[] = [];

  async calls(condition: CallCondition, page: CallPage): Promise<readonly ModelCall[]> {
    this.asked.push({ condition, page });
    return this.found;
  }

  async call(_tenant: string, id: string): Promise<ModelCall | undefined> {
    return this.found.find((call) => call.id === id);
  }

  async content(): Promise<readonly CallContent[]> {
    return this.kept;
  }

  async breakdown(request: BreakdownRequest): Promise<readonly BreakdownRow[]> {
    this.askedBreakdowns.push(request);
    return this.rows;
  }

  async unpriced(): Promise<readonly UnpricedModel[]> {
    return this.models;
  }
}

export class FakeLogs implements LogQuery {
  readonly asked: { readonly condition: LogCondition; readonly page: LogPage }[] = [];
  readonly askedCalls: (readonly StoredLog[])[] = [];
  found: StoredLog[] = [];
  /** By the log's body. */
  readonly told = new Map<string, ModelCall>();

  async logs(condition: LogCondition, page: LogPage): Promise<readonly StoredLog[]> {
    this.asked.push({ condition, page });
    return this.found;
  }

  async counts(): Promise<readonly LogCount[]> {
    return [];
  }

  async calls(logs: readonly StoredLog[]): Promise<readonly (ModelCall | undefined)[]> {
    this.askedCalls.push(logs);
    return logs.map(({ body }) => this.told.get(body));
  }
}

export class FakeTrial implements LogTrial {
  readonly asked: { readonly dsl: string; readonly log: string }[] = [];
  answer: LogTrialResult = { log: undefined, samples: [] };

  async run(dsl: string, log: string): Promise<LogTrialResult> {
    this.asked.push({ dsl, log });
    return this.answer;
  }
}

export function storedLog(over: Partial<StoredLog>): StoredLog {
  return {
    tenant: '', timeUs: 1_767_323_045_000_500, service: 'gateway', instance: 'aigw-1', endpoint: '', layer: 'ENVOY_AI_GATEWAY', traceId: '', spanId: '',
    severity: '', contentType: 'text', body: 'POST /v1/chat/completions 404', tags: {}, scope: '', resource: {},
    ...over,
  };
}

export function storedSpan(over: Partial<StoredSpan>): StoredSpan {
  return {
    traceId: 't1', spanId: 'a', parentSpanId: '', traceState: '', service: 'shop', instance: 'pod-1', layer: 'GENERAL', name: 'GET /',
    kind: 'server', entry: true, startUs: 1_767_323_045_000_500, durationNs: 12_345_678, status: 'unset', statusMessage: '', peer: '',
    protocol: 'otlp', scope: 'lib', scopeVersion: '1', resource: {}, scopeAttributes: {}, attributes: {}, events: [], links: [], segment: undefined,
    ...over,
  };
}

export function modelCall(over: Partial<ModelCall>): ModelCall {
  const { total, input, output } = { total: 160_000, input: 160_000, output: undefined };
  return {
    tenant: '', id: 'c1', traceId: 't1', spanId: 'a', requestId: '', startUs: 1_767_323_045_000_500, durationMs: 12.5, protocol: 'otlp', dialect: 'semconv',
    service: 'shop', instance: 'pod-1', user: 'u', session: '', team: 'search', dimensions: { org: 'x' }, gateway: '', route: '',
    provider: 'openai', model: 'text-embedding-3-small', requestModel: 'text-embedding-3-small', responseModel: '', operation: 'embeddings',
    streaming: undefined, finishReason: '', status: 'ok', errorType: '', end: 'complete', usage: { ...noUsage, input: 8 },
    timeToFirstTokenMs: undefined, timePerOutputTokenMs: undefined, serviceTier: '', serverAddress: '',
    cost: {
      source: 'computed', total, input, output, cacheRead: undefined, cacheWrite: undefined, reasoning: undefined, audio: undefined,
      priceVersion: 'openai/text-embedding-3-small', tier: '',
    },
    revision: 0,
    ...over,
  };
}
