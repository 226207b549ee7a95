import { attributeOf, isEntry, type Span, type SpanAttributes, type SpanBatch } from '@meterlark/core';
import { ManualClock, RecordingMetrics, spansIn } from '@meterlark/core/testing';
import { describe, expect, it } from 'vitest';
import { EndpointResources } from '../src/resources.js';
import { SpanBatches } from '../src/span-batches.js';
import { nowhere, type ZipkinSpan } from '../src/zipkin-span.js';

const receivedMs = 1_700_000_000_123;
const bare: ZipkinSpan = {
  traceId: 'a'.repeat(16),
  id: 'b'.repeat(16),
  parentId: '',
  kind: 'unspecified',
  name: 'get',
  timestampUs: 1_700_000_000_000_001,
  durationUs: 25,
  local: { service: 'shop', ip: '', port: 0 },
  remote: nowhere,
  annotations: [],
  tags: [],
  dropped: 0,
  debug: false,
  shared: false,
};

function newBatches(metrics = new RecordingMetrics(), maxEndpoints = 100): SpanBatches {
  return new SpanBatches(new EndpointResources(maxEndpoints, metrics), new ManualClock(receivedMs));
}

function batchOf(batches: SpanBatches, spans: readonly ZipkinSpan[]): SpanBatch {
  const draft = batches.begin();
  for (const span of spans) draft.add(span);
  return draft.finish();
}

function made(span: Partial<ZipkinSpan>): Span {
  return spansIn(batchOf(newBatches(), [{ ...bare, ...span }]))[0]!;
}

function pairs({ shape, values }: SpanAttributes): unknown[] {
  return shape.keys.map((key, place) => [key, values[place]]);
}

describe('spans', () => {
  it('keep ids, name, kind and times', () => {
    expect(made({ parentId: 'c'.repeat(16), kind: 'server' })).toMatchObject({
      traceId: 'a'.repeat(16),
      spanId: 'b'.repeat(16),
      parentSpanId: 'c'.repeat(16),
      name: 'get',
      kind: 'server',
      startUs: 1_700_000_000_000_001,
      durationNs: 25_000,
      segment: undefined,
      links: [],
    });
    expect(isEntry(made({ kind: 'server' }))).toBe(true);
    expect(isEntry(made({ kind: 'client' }))).toBe(false);
  });

  it('without a time get that of their arrival', () => {
    expect(made({ timestampUs: 0 }).startUs).toBe(receivedMs * 1000);
  });

  it('keep tags as text, also those that look like numbers, the last of equal keys', () => {
    const tags = [['http.status_code', '404'], ['a', '1'], ['a', '2']] as const;
    expect(pairs(made({ tags }).attributes)).toEqual([['http.status_code', '404'], ['a', '2']]);
  });

  it('turn annotations into events', () => {
    expect(made({ annotations: [{ timeUs: 5, value: 'ws' }] }).events).toMatchObject([{ timeUs: 5, name: 'ws', attributes: { values: [] } }]);
  });

  it('tell that they are shared or debugged, beside their tags', () => {
    const { attributes } = made({ shared: true, debug: true, tags: [['k', 'v']] });
    expect(pairs(attributes)).toEqual([['k', 'v'], ['zipkin.shared', true], ['zipkin.debug', true]]);
    expect(attributeOf(made({}).attributes, 'zipkin.shared')).toBeUndefined();
  });

  it('of one key list share their shape across batches', () => {
    const batches = newBatches();
    const shape = (value: string): unknown => spansIn(batchOf(batches, [{ ...bare, tags: [['k', value]] }]))[0]?.attributes.shape;
    expect(shape('1')).toBe(shape('2'));
  });
});

describe('the status', () => {
  it.each([
    [[['error', 'timeout']], 'error', 'timeout'],
    [[['error', 'true']], 'error', ''],
    [[['error', '']], 'error', ''],
    [[['error', 'false']], 'unset', ''],
    [[['error', 'False'], ['otel.status_code', 'OK']], 'ok', ''],
    [[['otel.status_code', 'ERROR']], 'error', ''],
    [[['error', 'x'], ['otel.status_code', 'OK']], 'error', 'x'],
    [[], 'unset', ''],
  ] as const)('of tags %j is %s', (tags, status, statusMessage) => {
    expect(made({ tags })).toMatchObject({ status, statusMessage });
  });
});

describe('the peer', () => {
  it.each([
    [{ service: 'backend', ip: '10.0.0.1', port: 80 }, 'backend'],
    [{ service: '', ip: '10.0.0.1', port: 80 }, '10.0.0.1:80'],
    [{ service: '', ip: '10.0.0.1', port: 0 }, '10.0.0.1'],
    [{ service: '', ip: '::1', port: 80 }, '[::1]:80'],
    [{ service: '', ip: '', port: 80 }, ''],
    [nowhere, ''],
  ])('of %j is %s', (remote, peer) => {
    expect(made({ remote }).peer).toBe(peer);
  });

  it('is what a tag names when there is no remote endpoint', () => {
    const tags = [['net.peer.name', 'c'], ['server.address', 'b'], ['peer.service', '']] as const;
    expect(made({ tags }).peer).toBe('b');
    expect(made({ tags, remote: { service: 'backend', ip: '', port: 0 } }).peer).toBe('backend');
  });

  it("keeps its address as attributes, unless the sender's tags have them", () => {
    const remote = { service: 'backend', ip: '10.0.0.1', port: 80 };
    expect(pairs(made({ remote }).attributes)).toEqual([['net.peer.ip', '10.0.0.1'], ['net.peer.port', 80]]);
    expect(pairs(made({ remote, tags: [['net.peer.ip', 'x'], ['net.peer.port', 'y']] }).attributes)).toEqual([['net.peer.ip', 'x'], ['net.peer.port', 'y']]);
  });
});

describe('resources', () => {
  it('are one for each local endpoint, the same object from batch to batch', () => {
    const batches = newBatches();
    const other = { ...bare, local: { service: 'shop', ip: '10.0.0.1', port: 8080 } };
    const first = batchOf(batches, [bare, other, bare]);
    expect(first.points).toBe(3);
    expect(first.resources.map(({ resource, scopes }) => [[...resource.attributes], scopes[0]?.spans.length])).toEqual([
      [[['service.name', 'shop']], 2],
      [[['service.name', 'shop'], ['net.host.ip', '10.0.0.1'], ['net.host.port', 8080]], 1],
    ]);
    expect(batchOf(batches, [other]).resources[0]?.resource).toBe(first.resources[1]?.resource);
  });

  it('of an unnamed service are those of "unknown"', () => {
    const [group] = batchOf(newBatches(), [{ ...bare, local: nowhere }]).resources;
    expect([...group!.resource.attributes]).toEqual([['service.name', 'unknown']]);
  });

  it('of very long names are right and not kept', () => {
    const metrics = new RecordingMetrics();
    const batches = newBatches(metrics);
    const long = { ...bare, local: { service: 'x'.repeat(1000), ip: '', port: 0 } };
    for (let round = 0; round < 2; round += 1) {
      expect(batchOf(batches, [long]).resources[0]?.resource.attributes.get('service.name')).toBe(long.local.service);
    }
    expect(metrics.value('meterlark_receiver_zipkin_endpoints')).toBe(0);
  });

  it('are forgotten by generations when there are too many, and that is counted; used ones stay', () => {
    const metrics = new RecordingMetrics();
    const batches = newBatches(metrics, 10);
    const resourceOf = (service: string): unknown => batchOf(batches, [{ ...bare, local: { service, ip: '', port: 0 } }]).resources[0]?.resource;
    const kept = resourceOf('kept');
    for (let index = 0; index < 100; index += 1) {
      resourceOf(`service-${index}`);
      expect(resourceOf('kept')).toBe(kept);
    }
    expect(metrics.value('meterlark_receiver_zipkin_endpoints')).toBeLessThanOrEqual(20);
    expect(metrics.value('meterlark_receiver_zipkin_endpoints_evicted_total')).toBeGreaterThan(70);
  });
});
