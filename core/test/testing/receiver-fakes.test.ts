import { describe, expect, it } from 'vitest';
import { TelemetrySink } from '../../src/contract/pipeline.js';
import { Clock } from '../../src/kernel/ambient.js';
import { isMeterlarkError } from '../../src/kernel/error.js';
import type { LogBatch } from '../../src/model/log.js';
import type { MetricBatch } from '../../src/model/telemetry.js';
import { ManualClock } from '../../src/testing/fakes.js';
import { fakeError, FakeGrpc, FakeHttp, fakeResolver, FakeSink, kept } from '../../src/testing/receiver-fakes.js';

const metrics: MetricBatch = { signal: 'metrics', tenant: '', resources: [], points: 1 };
const logs: LogBatch = { signal: 'logs', tenant: '', protocol: 'otlp', resources: [], points: 1 };

describe('the fake sink', () => {
  it('keeps batches by signal, and says when one is not the only one', async () => {
    const sink = new FakeSink();
    expect(() => sink.only('logs')).toThrow('not one batch of logs');
    sink.outcome = { rejected: 1, reason: 'late' };
    expect(await sink.accept(logs)).toEqual({ rejected: 1, reason: 'late' });
    expect(sink.only('logs')).toBe(logs);
    await sink.accept(metrics);
    expect([sink.of('metrics'), sink.of('spans')]).toEqual([[metrics], []]);
    expect(() => sink.only('logs')).toThrow('logs, metrics');
  });

  it('takes nothing while it fails', async () => {
    const sink = new FakeSink();
    sink.failure = fakeError('retryable');
    await expect(sink.accept(logs)).rejects.toBe(sink.failure);
    expect([isMeterlarkError(sink.failure), sink.failure, sink.batches]).toMatchObject([true, { class: 'retryable' }, []]);
  });
});

describe('fake servers', () => {
  it('call what was added, and fail for what was not', async () => {
    const [grpc, http] = [new FakeGrpc(), new FakeHttp()];
    grpc.unary('/a', 'receiver', async (body) => Buffer.concat([body, body]));
    grpc.clientStream('/b', 'query', async (bodies) => {
      const all: Buffer[] = [];
      for await (const body of bodies) all.push(body);
      return Buffer.concat(all);
    });
    http.route({ method: 'POST', path: '/c', access: 'receiver', handler: async (request) => ({ status: 200, body: `${request.header('content-type')} ${request.body.toString()}` }) });
    expect(Buffer.from(await grpc.call('/a', Buffer.from('x'))).toString()).toBe('xx');
    expect(Buffer.from(await grpc.send('/b', [Buffer.from('x'), Buffer.from('y')])).toString()).toBe('xy');
    expect([...grpc.access]).toEqual([['/a', 'receiver'], ['/b', 'query']]);
    expect(await http.post('/c', 'text/plain', 'x')).toEqual({ status: 200, body: 'text/plain x' });
    await expect(grpc.call('/b', Buffer.of())).rejects.toThrow('nothing at /b');
    await expect(http.post('/d', undefined, '')).rejects.toThrow('nothing at /d');
  });
});

it('a fake resolver gives what it was told to keep, and fails for anything else', () => {
  const clock = new ManualClock(7);
  const { get, all } = fakeResolver(kept(Clock, clock));
  expect([get(Clock), all(Clock), all(TelemetrySink)]).toEqual([clock, [clock], []]);
  expect(() => get(TelemetrySink)).toThrow('pipeline.TelemetrySink');
});
