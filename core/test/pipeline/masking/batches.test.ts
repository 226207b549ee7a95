import { describe, expect, it } from 'vitest';
import type { SpanBatch } from '../../../src/model/span.js';
import type { MetricBatch } from '../../../src/model/telemetry.js';
import type { Analyzer } from '../../../src/contract/pipeline.js';
import { FanOutSink } from '../../../src/pipeline/fan-out-sink.js';
import { makeMasker } from '../../../src/pipeline/masking/masker.js';
import { RecordingLogger, RecordingMetrics } from '../../../src/testing/fakes.js';
import { allText, attributesOf, batchOf, maskerOf, metricBatchOf, scope, setOf, spanOf } from './scene.js';

const secret = 'sk-planted0123456789';
const pattern = { match: { pattern: 'sk-\\w+' }, action: 'replace' as const };

describe('span batches', () => {
  const attributes = attributesOf({ a: `x ${secret}`, [`k ${secret}`]: 1, nested: new Map([['m', [secret]]]) });
  const ref = {
    type: 'CROSS_PROCESS' as const, traceId: 't', parentSegmentId: 's', parentSpanId: 0,
    parentService: secret, parentInstance: secret, parentEndpoint: secret, networkAddress: secret,
  };
  const span = spanOf({
    name: secret, statusMessage: secret, peer: secret, traceState: `v=${secret}`, attributes,
    events: [{ timeUs: 1, name: secret, attributes }],
    links: [{ traceId: 't', spanId: 's', traceState: secret, attributes }],
    segment: { segmentId: 'g', spanId: 0, parentSpanId: -1, refs: [ref], componentId: 0, layer: 'Http', type: 'Entry', skipAnalysis: false },
  });
  const sender = {
    resource: { attributes: setOf({ 'service.name': secret, 'process.command_args': [secret] }) },
    scope: { name: secret, version: secret, attributes: setOf({ s: secret }) },
  };

  it.each(['replace', 'hash', 'drop'] as const)('hold a planted secret nowhere after %s, and count where it was', (action) => {
    const { masker, hits } = maskerOf([{ ...pattern, action }]);
    const masked = masker.mask(batchOf(span, sender));
    expect(allText(batchOf(span, sender)).split(secret).length).toBeGreaterThan(20);
    expect(allText(masked)).not.toContain(secret);
    expect(Object.fromEntries(['name', 'status', 'peer', 'trace_state', 'event', 'link', 'segment', 'resource', 'scope', 'attribute'].map((where) => [where, hits(where)]))).toEqual({
      name: 1, status: 1, peer: 1, trace_state: 1, event: 3, link: 3, segment: 4, resource: 2, scope: 3, attribute: 3,
    });
  });

  it('keep ids, times and all that was not hit', () => {
    const { masker } = maskerOf([{ match: { pattern: '.+' }, action: 'replace' }]);
    const masked = (masker.mask(batchOf(span)) as SpanBatch).resources[0]?.scopes[0]?.spans[0];
    const { traceId, spanId, kind, startUs, status } = span;
    expect(masked).toMatchObject({ traceId, spanId, kind, startUs, status, links: [{ traceId: 't', spanId: 's' }], segment: { segmentId: 'g', refs: [{ traceId: 't', parentSegmentId: 's' }] } });
  });

  it('keep one object for one resource and scope, so that identity stays a cache key', () => {
    const { masker, hits } = maskerOf([pattern]);
    const [one, two] = [1, 2].map(() => (masker.mask(batchOf(span, sender)) as SpanBatch).resources[0]);
    expect(two?.resource).toBe(one?.resource);
    expect(two?.scopes[0]?.scope).toBe(one?.scopes[0]?.scope);
    expect(hits('resource')).toBe(2);
  });

  it('without anything to hide pass as they are', () => {
    const { masker } = maskerOf([pattern, { match: { path: '$..x' }, action: 'drop' }, { match: { key: 'y' }, action: 'hash' }]);
    const clean = batchOf(spanOf({ name: 'n', events: [{ timeUs: 1, name: 'e', attributes: attributesOf({ a: 1 }) }], attributes: attributesOf({ j: '{"a":1}' }) }));
    expect(masker.mask(clean)).toBe(clean);
  });
});

describe('metric batches', () => {
  it('are masked in resource, scope and points, one object for one set', () => {
    const { masker, hits } = maskerOf([pattern]);
    const attributes = setOf({ user: secret });
    const batch = metricBatchOf(attributes);
    const pointOf = (masked: MetricBatch) => masked.resources[0]?.scopes[0]?.metrics[0]?.points[0];
    const [one, two] = [masker.mask(batch), masker.mask(metricBatchOf(attributes))] as MetricBatch[];
    expect(pointOf(one!)).toMatchObject({ value: 1, timeMs: 1, attributes: setOf({ user: '***' }) });
    expect(pointOf(two!)?.attributes).toBe(pointOf(one!)?.attributes);
    expect(hits('point')).toBe(1);
    const sender = { ...batch, resources: [{ resource: { attributes }, scopes: [{ scope: { ...scope, attributes }, metrics: [] }] }] };
    expect(allText(masker.mask(sender))).not.toContain(secret);
  });

  it('without anything to hide pass as they are', () => {
    const batch = metricBatchOf(setOf({ model: 'm' }));
    expect(maskerOf([pattern]).masker.mask(batch)).toBe(batch);
  });
});

describe('the fan-out sink', () => {
  function sinkOf(parts: { room?: boolean; broken?: boolean } = {}) {
    const taken: unknown[] = [];
    const analyzer: Analyzer = {
      signals: ['spans', 'metrics'],
      hasRoom: () => parts.room ?? true,
      accept: (batch) => { taken.push(batch); return { rejected: 0, reason: '' }; },
    };
    let asked = 0;
    const { masker } = maskerOf([pattern]);
    const metrics = new RecordingMetrics();
    const mask: typeof masker.mask = (batch) => {
      asked += 1;
      if (parts.broken === true) throw new Error('no');
      return masker.mask(batch);
    };
    return { sink: new FanOutSink({ analyzers: [analyzer, analyzer], metrics, retryDelayMs: 1, masker: { mask } }), taken, metrics, asked: () => asked };
  }

  it('masks once, before every analyzer', async () => {
    const { sink, taken, asked } = sinkOf();
    await sink.accept(batchOf(spanOf({ name: secret })));
    expect(asked()).toBe(1);
    expect(taken).toHaveLength(2);
    expect(allText(taken)).not.toContain(secret);
  });

  it('does not mask what there is no room for', async () => {
    const { sink, asked } = sinkOf({ room: false });
    await expect(sink.accept(batchOf(spanOf()))).rejects.toMatchObject({ code: 'METERLARK_PIPELINE_FULL' });
    expect(asked()).toBe(0);
  });

  it('gives nobody a batch that could not be masked', async () => {
    const { sink, taken, metrics } = sinkOf({ broken: true });
    await expect(sink.accept(batchOf(spanOf({ name: secret })))).rejects.toThrow('no');
    expect(taken).toEqual([]);
    expect(metrics.value('meterlark_pipeline_points_total', { signal: 'spans', outcome: 'failed' })).toBe(1);
  });

  it('has no masker without rules', () => {
    expect(makeMasker({ rules: [], hashSecret: '', maxTextLength: 1 }, new RecordingMetrics(), new RecordingLogger())).toBeUndefined();
  });
});
