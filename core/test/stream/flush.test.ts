import { batchId } from '../../src/contract/storage.js';
import { describe, expect, test } from 'vitest';
import { deferred, rowsOf, settle, storageError, StreamScene } from './harness.js';

describe('when flushes happen', () => {
  test('every interval, and nothing is written when nothing was merged', async () => {
    const scene = new StreamScene({ flushIntervalMs: 5000 });
    const slot = scene.slot('sum');
    scene.merger.start();
    scene.merger.add(slot, scene.minute, 1);
    await scene.timers.advance(4999);
    expect(scene.rows).toEqual([]);
    await scene.timers.advance(1);
    expect(scene.rows).toMatchObject([{ a: 1 }]);
    await scene.timers.advance(20_000);
    expect(scene.store.attempts).toHaveLength(1);
    scene.merger.add(slot, scene.minute, 2);
    await scene.timers.advance(5000);
    expect(scene.rows).toMatchObject([{ a: 1 }, { a: 2 }]);
  });

  test('what is held back joins; all of it when someone waits or nothing comes after', async () => {
    const scene = new StreamScene({ flushIntervalMs: 5000 });
    const slot = scene.slot('sum');
    const calls: boolean[] = [];
    scene.merger.beforeFlush((everything) => {
      calls.push(everything);
      scene.merger.add(slot, scene.minute, calls.length);
    });
    scene.merger.start();
    await scene.timers.advance(5000);
    await scene.merger.flush();
    await scene.timers.advance(5000);
    await scene.merger.stop();
    expect(calls).toEqual([false, true, false, true]);
    expect(scene.rows.map((row) => row.a)).toEqual([1, 2, 3, 4]);
  });

  test('one asked for while another is under way settles everything', async () => {
    const scene = new StreamScene({ flushIntervalMs: 5000 });
    const gate = deferred();
    scene.store.answers.push(gate.promise);
    const calls: boolean[] = [];
    scene.merger.beforeFlush((everything) => calls.push(everything));
    scene.merger.start();
    scene.merger.add(scene.slot('sum'), scene.minute, 1);
    await scene.timers.advance(5000);
    const flushed = scene.merger.flush();
    gate.resolve();
    await flushed;
    expect(calls).toEqual([false, true]);
  });

  test('as soon as enough rows were touched', async () => {
    const scene = new StreamScene({ flushRows: 3 });
    for (const entityId of ['a', 'b']) scene.merger.add(scene.slot('sum', { entityId }), scene.minute, 1);
    for (let again = 0; again < 10; again += 1) scene.merger.add(scene.slot('sum', { entityId: 'a' }), scene.minute, 1);
    await settle();
    expect(scene.store.attempts).toHaveLength(0);
    scene.merger.add(scene.slot('sum', { entityId: 'c' }), scene.minute, 1);
    expect(scene.store.attempts).toHaveLength(0);
    await settle();
    expect(scene.rows.map((row) => row.a)).toEqual([11, 1, 1]);
  });

  test('never two at once, whoever asks', async () => {
    const scene = new StreamScene({ flushRows: 1, flushIntervalMs: 10 });
    const gate = deferred();
    scene.store.answers.push(gate.promise);
    scene.merger.start();
    const slot = scene.slot('sum');
    scene.merger.add(slot, scene.minute, 1);
    const asked = [scene.merger.flush(), scene.merger.flush()];
    await scene.timers.advance(100);
    scene.merger.add(slot, scene.minute, 2);
    asked.push(scene.merger.flush());
    await scene.timers.advance(100);
    expect(scene.store.attempts).toHaveLength(1);
    gate.resolve();
    await Promise.all(asked);
    expect(scene.store.mostAtOnce).toBe(1);
    expect(scene.rows.map((row) => row.a)).toEqual([1, 2]);
  });

  test('flush waits for what was merged before the call, also behind a running write', async () => {
    const scene = new StreamScene();
    const gate = deferred();
    scene.store.answers.push(gate.promise);
    const slot = scene.slot('sum');
    scene.merger.add(slot, scene.minute, 1);
    const first = scene.merger.flush();
    await settle();
    scene.merger.add(slot, scene.minute, 2);
    let done = false;
    const second = scene.merger.flush().then(() => (done = true));
    await settle();
    expect(done).toBe(false);
    gate.resolve();
    await Promise.all([first, second]);
    expect(scene.rows.map((row) => row.a)).toEqual([1, 2]);
  });

  test('large flushes go out in batches of bounded size with numbers of their own', async () => {
    const scene = new StreamScene({ maxBatchRows: 40 });
    for (let index = 0; index < 100; index += 1) scene.merger.add(scene.slot('sum', { entityId: `e${index}` }), scene.minute, index);
    await scene.merger.flush();
    expect(scene.store.stored.map((batch) => rowsOf([batch]).length)).toEqual([40, 40, 20]);
    expect(scene.store.stored.map(batchId)).toEqual(['process-1', 'process-2', 'process-3']);
    expect(scene.rows.map((row) => row.a)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(scene.selfMetrics.value('meterlark_stream_flushed_total', { what: 'rows' })).toBe(100);
  });
});

describe('when the store fails', () => {
  test('a retry carries the same number and content while new data wait for the next batch', async () => {
    const scene = new StreamScene({ retryInitialMs: 100, retryMaxMs: 300 });
    const slot = scene.slot('sum');
    scene.store.answers.push(storageError('retryable'), storageError('retryable'), storageError('retryable'));
    scene.merger.add(slot, scene.minute, 1);
    const flushed = scene.merger.flush();
    await settle();
    const before = JSON.stringify(scene.store.attempts[0]?.rows.map((rows) => [...rows.a, ...rows.minutes]));
    scene.merger.add(slot, scene.minute, 10);
    for (const delay of [100, 200, 300]) {
      expect(scene.timers.delays).toEqual([delay]);
      await scene.timers.advance(delay);
    }
    await flushed;
    expect(scene.store.attempts.map(batchId)).toEqual(Array.from({ length: 4 }, () => 'process-1'));
    expect(new Set(scene.store.attempts).size).toBe(1);
    expect(JSON.stringify(scene.store.stored[0]?.rows.map((rows) => [...rows.a, ...rows.minutes]))).toBe(before);
    await scene.merger.flush();
    expect(scene.rows.map((row) => row.a)).toEqual([1, 10]);
    expect(scene.selfMetrics.value('meterlark_stream_retries_total', { what: 'rows' })).toBe(3);
    expect(scene.logger.lines.filter((line) => line.level === 'warn')).toHaveLength(3);
  });

  test('away for long and back: every increment is stored exactly once, in order', async () => {
    const scene = new StreamScene({ flushIntervalMs: 1000, retryMaxMs: 2000 });
    scene.merger.start();
    const slot = scene.slot('sum');
    for (let failure = 0; failure < 20; failure += 1) scene.store.answers.push(storageError('retryable'));
    let sent = 0;
    for (let second = 0; second < 60; second += 1) {
      sent += second;
      scene.merger.add(slot, scene.minute + (second % 3), second);
      scene.clock.advance(1000);
      await scene.timers.advance(1000);
    }
    await scene.merger.flush();
    expect(scene.store.answers).toEqual([]);
    expect(scene.rows.reduce((sum, row) => sum + row.a, 0)).toBe(sent);
    expect(new Set(scene.store.stored.map(batchId)).size).toBe(scene.store.stored.length);
    expect(scene.merger.hasRoom()).toBe(true);
  });

  test('a permanent error gives the batch up with a count and an error line, and the next one goes on', async () => {
    const scene = new StreamScene();
    const slot = scene.slot('sum');
    scene.store.answers.push(storageError('permanent'));
    scene.merger.add(slot, scene.minute, 1);
    await scene.merger.flush();
    scene.merger.add(slot, scene.minute, 2);
    await scene.merger.flush();
    expect(scene.rows.map((row) => row.a)).toEqual([2]);
    expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'rows', reason: 'permanent' })).toBe(1);
    expect(scene.logger.lines.filter((line) => line.level === 'error')).toHaveLength(1);
    expect(scene.selfMetrics.value('meterlark_stream_pending_rows')).toBe(0);
  });

  test('an error without a class is tried five times and then given up', async () => {
    const scene = new StreamScene();
    for (let failure = 0; failure < 5; failure += 1) scene.store.answers.push(new TypeError('bug'));
    scene.merger.add(scene.slot('sum'), scene.minute, 1);
    const flushed = scene.merger.flush();
    await scene.timers.advance(60_000);
    await flushed;
    expect(scene.store.attempts).toHaveLength(5);
    expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'rows', reason: 'fault' })).toBe(1);
  });

  test('a full buffer says that there is no room until the store is back', async () => {
    const scene = new StreamScene({ maxPendingRows: 10, retryInitialMs: 100 });
    const touch = (from: number, to: number): void => {
      for (let index = from; index < to; index += 1) scene.merger.add(scene.slot('sum', { entityId: `e${index}` }), scene.minute, 1);
    };
    scene.store.answers.push(storageError('retryable'));
    touch(0, 6);
    const flushed = scene.merger.flush();
    await settle();
    expect(scene.merger.hasRoom()).toBe(true);
    touch(6, 9);
    expect(scene.merger.hasRoom()).toBe(true);
    touch(9, 10);
    expect(scene.merger.hasRoom()).toBe(false);
    expect(scene.selfMetrics.value('meterlark_stream_pending_rows')).toBe(10);
    await scene.timers.advance(100);
    await flushed;
    expect(scene.merger.hasRoom()).toBe(true);
    await scene.merger.flush();
    expect(scene.rows).toHaveLength(10);
    expect(scene.selfMetrics.value('meterlark_stream_pending_rows')).toBe(0);
  });
});

describe('memory while a flush is held up', () => {
  test('what was detached but not yet written counts as pending', async () => {
    const scene = new StreamScene({ maxPendingRows: 10 });
    scene.store.entityAnswers.push(storageError('retryable'));
    const seen = { firstSeenMs: 1, lastSeenMs: 1, layers: [], properties: {}, instanceId: '' };
    scene.merger.observe({ tenant: '', id: 's', scope: 'Service', name: 's', serviceId: 's', ...seen });
    for (let index = 0; index < 10; index += 1) scene.merger.add(scene.slot('sum', { entityId: `e${index}` }), scene.minute, 1);
    const flushed = scene.merger.flush();
    await settle();
    expect(scene.merger.hasRoom()).toBe(false);
    await scene.timers.advance(10_000);
    await flushed;
    expect(scene.merger.hasRoom()).toBe(true);
    expect(scene.rows).toHaveLength(10);
  });

  test('series that are forgotten while their rows wait are stored under their own keys', async () => {
    const scene = new StreamScene({ maxBatchRows: 1, idleMinutes: 1 });
    const entities = ['a', 'b', 'c'];
    for (const entityId of entities) scene.slot('max', { entityId: `idle-${entityId}` });
    scene.clock.advance(2 * 60_000);
    for (const entityId of entities) scene.merger.add(scene.slot('sum', { entityId }), scene.minute, 1);
    scene.store.answers.push(storageError('retryable'));
    const flushed = scene.merger.flush();
    await settle();
    expect(scene.merger.epoch).toBe(2);
    for (const entityId of ['c', 'x', 'a']) scene.merger.add(scene.slot('sum', { entityId }), scene.minute, 10);
    await scene.timers.advance(10_000);
    await flushed;
    await scene.merger.flush();
    const sums = scene.rows.map((row) => [row.key.entityId, row.a]);
    expect(sums.slice(0, 3)).toEqual([['a', 1], ['b', 1], ['c', 1]]);
    expect(sums.slice(3).sort()).toEqual([['a', 10], ['c', 10], ['x', 10]]);
  });
});

describe('stopping', () => {
  test('writes out what is left and ends the timer', async () => {
    const scene = new StreamScene();
    scene.merger.start();
    scene.merger.add(scene.slot('sum'), scene.minute, 7);
    await scene.merger.stop();
    expect(scene.rows).toMatchObject([{ a: 7 }]);
    expect(scene.timers.delays).toEqual([]);
  });

  test('without a start it is safe too', async () => {
    const scene = new StreamScene();
    await scene.merger.stop();
    expect(scene.store.attempts).toEqual([]);
  });

  test('ends a running back-off at once and stores both what failed and what came since', async () => {
    const scene = new StreamScene({ retryInitialMs: 5000, retryMaxMs: 60_000 });
    scene.store.answers.push(storageError('retryable'));
    const slot = scene.slot('sum');
    scene.merger.add(slot, scene.minute, 1);
    void scene.merger.flush();
    await settle();
    scene.merger.add(slot, scene.minute, 2);
    await scene.merger.stop();
    expect(scene.rows.map((row) => row.a)).toEqual([1, 2]);
  });

  test('goes on retrying until the stop time-out and then gives up with a count', async () => {
    const scene = new StreamScene({ retryInitialMs: 100, stopTimeoutMs: 1000 });
    for (let failure = 0; failure < 100; failure += 1) scene.store.answers.push(storageError('retryable'));
    scene.merger.add(scene.slot('sum'), scene.minute, 1);
    let ended = false;
    const stopped = scene.merger.stop().then(() => (ended = true));
    for (let tick = 0; tick < 9; tick += 1) {
      await settle();
      scene.clock.advance(100);
      await scene.timers.advance(100);
    }
    expect(ended).toBe(false);
    scene.clock.advance(100);
    await scene.timers.advance(100);
    await stopped;
    expect(scene.store.attempts.length).toBeGreaterThan(5);
    expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'rows', reason: 'stopped' })).toBe(1);
  });
});
