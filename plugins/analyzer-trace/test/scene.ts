/** A trace analyzer over recording outlets, and spans built by hand. */
import {
  ShapeTable,
  type AttributeValue,
  type MetricStream,
  type RecordQuery,
  type RecordReader,
  type RecordRow,
  type Resource,
  type Scope,
  type SegmentSpan,
  type Span,
  type SpanAttributes,
  type SpanBatch,
  type SpanProtocol,
} from '@meterlark/core';
import {
  FakeFacetLists,
  FakeSeenEntities,
  ManualClock,
  RecordingLogger,
  RecordingMetrics,
  RecordingRecords,
  RecordingSources,
} from '@meterlark/core/testing';
import { traceSchema, type TraceSettings } from '../src/settings.js';
import { TraceAnalyzer } from '../src/trace-analyzer.js';

export const nowMs = Date.UTC(2026, 0, 15, 12, 30, 20);
export const nowUs = nowMs * 1000;

export const defaults = Object.fromEntries(
  Object.entries(traceSchema).map(([key, { default: preset }]) => [key, preset]),
) as unknown as TraceSettings;

/** Only what the analyzer calls; anything else would be undefined and fail. */
export class RoomyStream {
  room = true;

  constructor(private readonly clock: ManualClock) {}

  hasRoom(): boolean {
    return this.room;
  }

  acceptedMinutes(): { first: number; last: number } {
    const minute = Math.floor(this.clock.now() / 60_000);
    return { first: minute - 24 * 60, last: minute + 10 };
  }
}

export interface SceneOptions {
  readonly settings?: Partial<TraceSettings>;
  readonly withoutSources?: boolean;
  /** What the store answers; nothing by default. */
  readonly stored?: (query: RecordQuery) => Promise<readonly RecordRow[]>;
}

export async function sceneOf({ settings = {}, withoutSources = false, stored = async () => [] }: SceneOptions = {}) {
  const clock = new ManualClock(nowMs);
  const stream = new RoomyStream(clock);
  const records = new RecordingRecords();
  const seen = new FakeSeenEntities();
  const facets = new FakeFacetLists();
  const sources = new RecordingSources();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const analyzer = new TraceAnalyzer({
    stream: stream as unknown as MetricStream,
    records,
    seen,
    facets,
    reader: { rows: stored } as Partial<RecordReader> as RecordReader,
    sources: withoutSources ? undefined : sources,
    clock,
    logger,
    metrics,
    settings: { ...defaults, ...settings },
  });
  await analyzer.start();
  return { analyzer, clock, stream, records, seen, facets, sources, logger, metrics, spans: () => records.rows('spans') };
}

const shapes = new ShapeTable(1000, 64);

export function attributesOf(values: Readonly<Record<string, AttributeValue>>): SpanAttributes {
  return shapes.attributes(Object.entries(values));
}

export function resourceOf(values: Readonly<Record<string, AttributeValue>>): Resource {
  return { attributes: new Map(Object.entries(values)) };
}

export const shop = resourceOf({ 'service.name': 'shop', 'service.instance.id': 'shop-1' });
export const noScope: Scope = { name: '', version: '', attributes: new Map() };

let count = 0;

type SpanParts = Partial<Omit<Span, 'attributes'>> & { readonly attributes?: Readonly<Record<string, AttributeValue>> };

/** A server span that ended well, unless told otherwise. */
export function spanOf({ attributes = {}, ...parts }: SpanParts = {}): Span {
  count += 1;
  return {
    traceId: 'a1'.repeat(16),
    spanId: count.toString(16).padStart(16, '0'),
    parentSpanId: '',
    traceState: '',
    name: 'GET /carts',
    kind: 'server',
    startUs: nowUs,
    durationNs: 25_000_000,
    status: 'ok',
    statusMessage: '',
    attributes: attributesOf(attributes),
    events: [],
    links: [],
    peer: '',
    segment: undefined,
    ...parts,
  };
}

export function segmentOf(parts: Partial<SegmentSpan> = {}): SegmentSpan {
  return {
    segmentId: 'seg.1', spanId: 0, parentSpanId: -1, refs: [], componentId: 0, layer: 'Http', type: 'Entry', skipAnalysis: false, ...parts,
  };
}

interface BatchParts {
  readonly resource?: Resource;
  readonly scope?: Scope;
  readonly tenant?: string;
  readonly protocol?: SpanProtocol;
}

export function batchOf(spans: readonly Span[], { resource = shop, scope = noScope, tenant = '', protocol = 'otlp' }: BatchParts = {}): SpanBatch {
  return { signal: 'spans', tenant, protocol, resources: [{ resource, scopes: [{ scope, spans }] }], points: spans.length };
}
