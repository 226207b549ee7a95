/** A masker over given rules, and batches with one span or metric. */
import { AttributeShape, ShapeTable, type SpanAttributes } from '../../../src/model/attribute-shape.js';
import type { Span, SpanBatch } from '../../../src/model/span.js';
import type { AttributeValue, Attributes, MetricBatch, Resource, Scope } from '../../../src/model/telemetry.js';
import { makeMasker, type Masker } from '../../../src/pipeline/masking/masker.js';
import type { MaskingSettings } from '../../../src/pipeline/masking/settings.js';
import { compileRules, type MaskRuleSetting } from '../../../src/pipeline/masking/rules.js';
import { RecordingLogger, RecordingMetrics } from '../../../src/testing/fakes.js';

export type RuleText = Omit<MaskRuleSetting, 'name'> & { readonly name?: string };

export function settingsOf(rules: readonly RuleText[], more: Partial<MaskingSettings> = {}): MaskingSettings {
  const named = rules.map((rule, place) => ({ name: `r${place}`, ...rule }));
  const { faults } = compileRules(named);
  if (faults.length > 0) throw new Error(faults.join('; '));
  return { rules: named, hashSecret: 'k', maxTextLength: 1_000_000, ...more };
}

export function maskerOf(rules: readonly RuleText[], more: Partial<MaskingSettings> = {}) {
  const metrics = new RecordingMetrics();
  const logger = new RecordingLogger();
  const masker = makeMasker(settingsOf(rules, more), metrics, logger) as Masker;
  const hits = (where: string, rule = 'r0'): number => metrics.value('meterlark_masking_hits_total', { rule, where });
  /** The attributes of a span after masking. */
  const attributes = (values: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> => {
    const masked = masker.mask(batchOf(spanOf({ attributes: attributesOf(values) }))) as SpanBatch;
    return pairs(masked.resources[0]?.scopes[0]?.spans[0]?.attributes);
  };
  return { masker, metrics, logger, hits, attributes };
}

const shapes = new ShapeTable(1000, 64);

export function attributesOf(values: Readonly<Record<string, AttributeValue>>): SpanAttributes {
  return shapes.attributes(Object.entries(values));
}

export function pairs(attributes: SpanAttributes | undefined): Record<string, AttributeValue> {
  return Object.fromEntries((attributes?.shape.keys ?? []).map((key, place) => [key, attributes?.values[place]]));
}

export function setOf(values: Readonly<Record<string, AttributeValue>>): Attributes {
  return new Map(Object.entries(values));
}

export const resource: Resource = { attributes: setOf({ 'service.name': 'shop' }) };
export const scope: Scope = { name: 'http', version: '1', attributes: new Map() };

export function spanOf(parts: Partial<Span> = {}): Span {
  return {
    traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), parentSpanId: '', traceState: '', name: 'chat', kind: 'client', startUs: 0, durationNs: 0,
    status: 'ok', statusMessage: '', attributes: attributesOf({}), events: [], links: [], peer: '', segment: undefined, ...parts,
  };
}

export function batchOf(span: Span, parts: { resource?: Resource; scope?: Scope } = {}): SpanBatch {
  const sender = { resource, scope, ...parts };
  return {
    signal: 'spans', tenant: '', protocol: 'otlp', points: 1,
    resources: [{ resource: sender.resource, scopes: [{ scope: sender.scope, spans: [span] }] }],
  };
}

export function metricBatchOf(attributes: Attributes): MetricBatch {
  const point = { attributes, startTimeMs: 0, timeMs: 1, noRecordedValue: false, value: 1 };
  return {
    signal: 'metrics', tenant: '', points: 1,
    resources: [{ resource, scopes: [{ scope, metrics: [{ name: 'm', unit: '', type: 'gauge', points: [point] }] }] }],
  };
}

/** Everything in a batch as text, maps and shapes included. */
export function allText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Map ? [...inner] : inner instanceof AttributeShape ? inner.keys : inner));
}
