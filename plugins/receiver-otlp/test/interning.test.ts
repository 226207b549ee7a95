import { InternTable, type MetricBatch } from '@meterlark/core';
import { RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, it } from 'vitest';
import { decodeMetrics } from '../src/decode-metrics.js';
import type { Interns } from '../src/interns.js';
import { maxItems, newInterns } from './support/captured.js';
import { encodeRequest, type Plain } from './support/oracle.js';

function attributes(values: Record<string, string>): Plain[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function request(model: string, service = 'gateway'): Buffer {
  const histogram = { dataPoints: [{ attributes: attributes({ model }), explicitBounds: [1, 2], bucketCounts: [1, 2, 3] }] };
  const gauge = { dataPoints: [{ attributes: attributes({ model }), asInt: 1 }] };
  const scope = { name: 'envoyproxy/ai-gateway', version: '1.1.0' };
  const exponentialHistogram = { dataPoints: [{ attributes: attributes({ model }) }] };
  const metrics = [{ name: 'h', histogram }, { name: 'g', gauge }, { name: 'e', exponentialHistogram }];
  return encodeRequest({
    resourceMetrics: [{ resource: { attributes: attributes({ 'service.name': service }) }, scopeMetrics: [{ scope, metrics }] }],
  });
}

function decode(bytes: Buffer, interns: Interns): MetricBatch {
  return decodeMetrics(bytes, interns, maxItems).batch;
}

function attributesIn(batch: MetricBatch): unknown[] {
  return batch.resources[0]!.scopes[0]!.metrics.map(({ points }) => points[0]!.attributes);
}

describe('equal parts of requests', () => {
  it('are the same objects across batches and point kinds', () => {
    const interns = newInterns();
    const first = decode(request('gpt-4o'), interns);
    const second = decode(request('gpt-4o'), interns);
    const all = new Set([...attributesIn(first), ...attributesIn(second)]);
    expect(all.size).toBe(1);
    expect(second.resources[0]!.resource).toBe(first.resources[0]!.resource);
    expect(second.resources[0]!.scopes[0]!.scope).toBe(first.resources[0]!.scopes[0]!.scope);
    const boundsOf = ({ resources }: MetricBatch): unknown => {
      const point = resources[0]!.scopes[0]!.metrics[0]!.points[0]!;
      return 'bounds' in point ? point.bounds : undefined;
    };
    expect(boundsOf(second)).toBe(boundsOf(first));
    expect(boundsOf(second)).toEqual([1, 2]);
  });

  it('differ when one byte differs', () => {
    const interns = newInterns();
    const first = decode(request('gpt-4o'), interns);
    const other = decode(request('gpt-4p', 'gatewaz'), interns);
    expect(attributesIn(other)[0]).toEqual(new Map([['model', 'gpt-4p']]));
    expect(other.resources[0]!.resource).not.toBe(first.resources[0]!.resource);
  });

  it('do not keep the request alive or change with it', () => {
    const interns = newInterns();
    const bytes = Buffer.from(request('gpt-4o'));
    const first = decode(bytes, interns);
    bytes.fill(0);
    expect(attributesIn(first)[0]).toEqual(new Map([['model', 'gpt-4o']]));
    expect(attributesIn(decode(request('gpt-4o'), interns))[0]).toBe(attributesIn(first)[0]);
  });

  it('are forgotten by generations when there are too many, and that is counted', () => {
    const interns = newInterns(20, 1_000_000);
    const metrics = new RecordingMetrics();
    interns.observe(metrics);
    const first = decode(request('kept'), interns);
    for (let index = 0; index < 200; index += 1) {
      decode(request(`model-${index}`), interns);
      expect(attributesIn(decode(request('kept'), interns))[0]).toBe(attributesIn(first)[0]);
    }
    expect(metrics.value('meterlark_receiver_otlp_interned_entries')).toBeLessThanOrEqual(5 * 20);
    expect(metrics.value('meterlark_receiver_otlp_interned_evicted_total')).toBeGreaterThan(200);
  });

  it('are not kept when longer than 4096 bytes, and that is counted', () => {
    const interns = newInterns();
    const metrics = new RecordingMetrics();
    interns.observe(metrics);
    const long = request('x'.repeat(5000));
    const [one] = attributesIn(decode(long, interns));
    const [two] = attributesIn(decode(long, interns));
    expect(two).toEqual(one);
    expect(two).not.toBe(one);
    expect(metrics.value('meterlark_receiver_otlp_interned_refused_total')).toBeGreaterThan(0);
    expect(metrics.value('meterlark_receiver_otlp_interned_bytes')).toBeLessThan(1000);
  });
});

describe('the table', () => {
  const viewOf = (text: string): DataView => new DataView(Uint8Array.from(Buffer.from(text)).buffer);
  const keep = (table: InternTable<string>, text: string): void => table.put(viewOf(text), 0, text.length, text);
  const find = (table: InternTable<string>, text: string): string | undefined => table.get(viewOf(text), 0, text.length);

  it('tells keys of every length and last byte apart', () => {
    const table = new InternTable<string>({ maxEntries: 1000, maxBytes: 1_000_000, maxKeyBytes: 100 });
    const keys = Array.from({ length: 20 }, (_, length) => ['a', 'b'].map((last) => 'x'.repeat(length) + last)).flat();
    for (const key of keys) keep(table, key);
    for (const key of keys) expect(find(table, key)).toBe(key);
    expect(find(table, 'xx')).toBeUndefined();
  });

  it('holds no more bytes than two generations', () => {
    const table = new InternTable<string>({ maxEntries: 1000, maxBytes: 100, maxKeyBytes: 50 });
    for (let index = 0; index < 100; index += 1) keep(table, `key-${index}`.padEnd(20));
    expect(table.heldBytes).toBeLessThanOrEqual(200);
    expect(table.entries).toBe(table.heldBytes / 20);
    expect(table.evicted).toBe(100 - table.entries);
  });
});
