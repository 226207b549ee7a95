import { describe, expect, test } from 'vitest';
import type { AcceptOutcome, Analyzer } from '../../src/contract/pipeline.js';
import type { LogBatch } from '../../src/model/log.js';
import type { MetricBatch, TelemetryBatch } from '../../src/model/telemetry.js';
import { FanOutSink } from '../../src/pipeline/fan-out-sink.js';
import { RecordingMetrics } from '../../src/testing/fakes.js';

class FakeAnalyzer implements Analyzer {
  readonly signals: Analyzer['signals'] = ['metrics'];
  readonly taken: TelemetryBatch[] = [];
  room = true;

  constructor(private readonly outcome: AcceptOutcome | Error = { rejected: 0, reason: '' }) {}

  hasRoom(): boolean {
    return this.room;
  }

  accept(batch: TelemetryBatch): AcceptOutcome {
    if (this.outcome instanceof Error) throw this.outcome;
    this.taken.push(batch);
    return this.outcome;
  }
}

const batch: MetricBatch = { signal: 'metrics', tenant: '', resources: [], points: 10 };

function sinkOf(analyzers: readonly Analyzer[]) {
  const metrics = new RecordingMetrics();
  const sink = new FanOutSink({ analyzers, metrics, retryDelayMs: 700 });
  const points = (outcome: string): number => metrics.value('meterlark_pipeline_points_total', { signal: 'metrics', outcome });
  return { sink, points, metrics };
}

describe('the fan-out sink', () => {
  test('gives a batch to every analyzer of its signal and to no other', async () => {
    const all = [new FakeAnalyzer(), new FakeAnalyzer()];
    const stranger = Object.assign(new FakeAnalyzer(), { signals: [], room: false });
    const { sink, points } = sinkOf([...all, stranger]);
    expect(await sink.accept(batch)).toEqual({ rejected: 0, reason: '' });
    expect(all.map((analyzer) => analyzer.taken)).toEqual([[batch], [batch]]);
    expect(stranger.taken).toEqual([]);
    expect(points('accepted')).toBe(10);
  });

  test('takes nothing when any analyzer is full, and tells the sender when to come back', async () => {
    const free = new FakeAnalyzer();
    const full = new FakeAnalyzer();
    full.room = false;
    const { sink, points } = sinkOf([free, full]);
    await expect(sink.accept(batch)).rejects.toMatchObject({
      code: 'METERLARK_PIPELINE_FULL',
      class: 'retryable',
      fields: { retryDelayMs: 700 },
    });
    expect(free.taken).toEqual([]);
    expect([points('refused'), points('accepted')]).toEqual([10, 0]);
  });

  test('tells the largest number of rejected points with its reason', async () => {
    const { sink, points } = sinkOf([
      new FakeAnalyzer({ rejected: 2, reason: 'late' }),
      new FakeAnalyzer({ rejected: 3, reason: 'odd' }),
      new FakeAnalyzer({ rejected: 1, reason: 'old' }),
    ]);
    expect(await sink.accept(batch)).toEqual({ rejected: 3, reason: 'odd' });
    expect([points('accepted'), points('rejected')]).toEqual([7, 3]);
  });

  test('passes on what an analyzer throws and counts it', async () => {
    const { sink, points } = sinkOf([new FakeAnalyzer(new Error('broken'))]);
    await expect(sink.accept(batch)).rejects.toThrow('broken');
    expect([points('failed'), points('accepted')]).toEqual([10, 0]);
  });

  test('gives logs to the analyzers of logs only, asks only them for room, and counts them by their own name', async () => {
    const logs: LogBatch = { signal: 'logs', tenant: '', protocol: 'otlp', resources: [], points: 4 };
    const ofLogs = Object.assign(new FakeAnalyzer({ rejected: 1, reason: 'late' }), { signals: ['logs'] });
    const ofBoth = Object.assign(new FakeAnalyzer(), { signals: ['logs', 'metrics'] });
    const ofMetrics = Object.assign(new FakeAnalyzer(), { room: false });
    const { sink, metrics } = sinkOf([ofLogs, ofBoth, ofMetrics]);
    expect(await sink.accept(logs)).toEqual({ rejected: 1, reason: 'late' });
    expect([ofLogs, ofBoth, ofMetrics].map(({ taken }) => taken)).toEqual([[logs], [logs], []]);
    const points = (outcome: string): number => metrics.value('meterlark_pipeline_points_total', { signal: 'logs', outcome });
    expect([points('accepted'), points('rejected')]).toEqual([3, 1]);
    expect(metrics.value('meterlark_pipeline_batches_total', { signal: 'logs', outcome: 'rejected' })).toBe(1);
    ofLogs.room = false;
    await expect(sink.accept(logs)).rejects.toMatchObject({ code: 'METERLARK_PIPELINE_FULL' });
    expect([points('refused'), ofBoth.taken.length]).toEqual([4, 1]);
  });

  test('accepts a batch that nobody analyses', async () => {
    expect(await sinkOf([]).sink.accept(batch)).toEqual({ rejected: 0, reason: '' });
  });
});
