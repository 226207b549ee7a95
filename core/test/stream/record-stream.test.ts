import { describe, expect, test } from 'vitest';
import { batchId } from '../../src/contract/storage.js';
import { deferred, settle, storageError } from './harness.js';
import { calls, columns, RecordScene, spans, textsOf } from './record-scene.js';

const numbered = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, index) => `${from + index}`);

describe('opening a model', () => {
  test('installs it once, and gives an appender to the same rows again', async () => {
    const scene = new RecordScene();
    const [first, second] = await Promise.all([scene.stream.open(spans), scene.stream.open({ ...spans })]);
    const third = await scene.stream.open(spans);
    for (const [place, appender] of [first, second, third].entries()) appender.append(['', 1, `${place}`]);
    await scene.stream.flush();
    expect(scene.installed).toEqual(['spans']);
    expect(scene.attempts).toHaveLength(1);
    expect(scene.texts).toEqual(['0', '1', '2']);
  });

  test('waits for the installation', async () => {
    const scene = new RecordScene();
    const gate = deferred();
    scene.installAnswers.push(gate.promise);
    let opened = 0;
    for (let call = 0; call < 2; call += 1) void scene.stream.open(spans).then(() => (opened += 1));
    await settle();
    expect(opened).toBe(0);
    gate.resolve();
    await settle();
    expect(opened).toBe(2);
  });

  test('fails with the store, and is tried again by the next', async () => {
    const scene = new RecordScene();
    scene.installAnswers.push(storageError('retryable'));
    await expect(scene.stream.open(spans)).rejects.toMatchObject({ code: 'METERLARK_TEST_STORAGE' });
    await scene.append(['a']);
    await scene.stream.flush();
    expect(scene.installed).toEqual(['spans', 'spans']);
    expect(scene.texts).toEqual(['a']);
  });

  test('refuses another model of the same name', async () => {
    const scene = new RecordScene();
    await scene.stream.open(spans);
    const other = { ...spans, columns: [...columns, { name: 'more', type: 'flag' }] } as const;
    await expect(scene.stream.open(other)).rejects.toMatchObject({ code: 'METERLARK_STREAM_MODEL_CONFLICT', fields: { model: 'spans' } });
    expect(scene.installed).toEqual(['spans']);
  });
});

describe('batches of records', () => {
  test('go out every interval, one for each model, numbered from 1, and none without rows', async () => {
    const scene = new RecordScene({ recordFlushIntervalMs: 1000 });
    scene.stream.start();
    await scene.append(['s1', 's2']);
    await scene.append(['c1'], calls);
    await scene.timers.advance(999);
    expect(scene.attempts).toEqual([]);
    await scene.timers.advance(1);
    expect(scene.stored.map((batch) => batch.rows.map((rows) => [rows.model.name, rows.count]))).toEqual([[['spans', 2]], [['calls', 1]]]);
    await scene.timers.advance(10_000);
    await scene.append(['c2'], calls);
    await scene.timers.advance(1000);
    expect(scene.stored.map(batchId)).toEqual(['process-1', 'process-2', 'process-3']);
    expect(scene.stored[2]?.rows.map((rows) => rows.model.name)).toEqual(['calls']);
  });

  test('go out before that when there are enough rows, of all models together', async () => {
    const scene = new RecordScene({ recordFlushRows: 3 });
    await scene.append(['s1']);
    await scene.append(['c1'], calls);
    await settle();
    expect(scene.attempts).toEqual([]);
    await scene.append(['s2', 's3']);
    await settle();
    expect(scene.texts).toEqual(['s1', 's2', 'c1']);
    await scene.stream.flush();
    expect(scene.texts).toEqual(['s1', 's2', 'c1', 's3']);
  });

  test('go out before that when there are enough bytes', async () => {
    const scene = new RecordScene({ recordFlushBytes: 10_000 });
    await scene.append(['a'.repeat(9000)]);
    await settle();
    expect(scene.attempts).toEqual([]);
    await scene.append(['b'.repeat(2000), 'c']);
    await settle();
    expect(scene.texts.map((text) => String(text).length)).toEqual([9000, 2000]);
  });

  test('are bounded and in order also when rows come faster than the store takes them', async () => {
    const scene = new RecordScene({ recordFlushRows: 100 });
    const gate = deferred();
    scene.answers.push(gate.promise);
    await scene.append(numbered(450));
    await settle();
    expect(scene.attempts).toHaveLength(1);
    gate.resolve();
    await settle();
    expect(scene.stored.map((batch) => textsOf(batch).length)).toEqual([100, 100, 100, 100]);
    await scene.stream.flush();
    expect(scene.texts).toEqual(numbered(450));
    expect(scene.mostAtOnce).toBe(1);
    expect(scene.stored.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(scene.selfMetrics.value('meterlark_stream_flushed_total', { what: 'records' })).toBe(450);
  });

  test('flush resolves when all that was appended before is stored, also behind a running write', async () => {
    const scene = new RecordScene();
    const gate = deferred();
    scene.answers.push(gate.promise);
    await scene.append(['a']);
    void scene.stream.flush();
    await settle();
    await scene.append(['b']);
    let done = false;
    const second = scene.stream.flush().then(() => (done = true));
    await settle();
    expect(done).toBe(false);
    gate.resolve();
    await second;
    expect(scene.texts).toEqual(['a', 'b']);
  });

  test('values that did not fit are counted by model', async () => {
    const scene = new RecordScene();
    const appender = await scene.stream.open(spans);
    appender.append(['', NaN, 'kept']);
    appender.append(['', 1, { keys: [], values: [] }]);
    await scene.stream.flush();
    expect(scene.texts).toEqual(['kept', '']);
    expect(scene.selfMetrics.value('meterlark_stream_records_misfits_total', { model: 'spans' })).toBe(2);
  });
});

describe('when the store of records fails', () => {
  test('the same batch is repeated while new rows go into the next', async () => {
    const scene = new RecordScene({ retryInitialMs: 100, retryMaxMs: 300 });
    for (let failure = 0; failure < 3; failure += 1) scene.answers.push(storageError('retryable'));
    await scene.append(['a']);
    const flushed = scene.stream.flush();
    await settle();
    await scene.append(['b']);
    for (const delay of [100, 200, 300]) {
      expect(scene.timers.delays).toEqual([delay]);
      await scene.timers.advance(delay);
    }
    await flushed;
    expect(new Set(scene.attempts).size).toBe(1);
    expect(scene.texts).toEqual(['a']);
    await scene.stream.flush();
    expect(scene.texts).toEqual(['a', 'b']);
    expect(scene.selfMetrics.value('meterlark_stream_retries_total', { what: 'records' })).toBe(3);
  });

  test('a batch that can never be stored is given up and counted, and the next goes on', async () => {
    const scene = new RecordScene();
    scene.answers.push(storageError('permanent'));
    await scene.append(['a', 'b']);
    await scene.stream.flush();
    await scene.append(['c']);
    await scene.stream.flush();
    expect(scene.texts).toEqual(['c']);
    expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'records', reason: 'permanent' })).toBe(2);
    expect(scene.selfMetrics.value('meterlark_stream_records_pending')).toBe(0);
  });

  test('what one table can never hold costs no other table its rows, whichever comes first', async () => {
    for (const refused of [spans, calls]) {
      const scene = new RecordScene();
      scene.refuseForGood = refused.name;
      for (const model of [spans, calls]) await scene.append([`${model.name} 1`, `${model.name} 2`], model);
      await scene.stream.flush();
      const other = refused === spans ? 'calls' : 'spans';
      expect(scene.texts).toEqual([`${other} 1`, `${other} 2`]);
      expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'records', reason: 'permanent' })).toBe(2);
      expect(scene.selfMetrics.value('meterlark_stream_flushed_total', { what: 'records' })).toBe(2);
      expect(new Set(scene.attempts.map(({ sequence }) => sequence)).size).toBe(2);
    }
  });

  test('there is no room from the limit of rows on, until the store is back', async () => {
    const scene = new RecordScene({ maxPendingRecords: 10, recordFlushRows: 4, retryInitialMs: 100 });
    scene.answers.push(storageError('retryable'));
    await scene.append(numbered(9));
    await settle();
    expect(scene.stream.hasRoom()).toBe(true);
    await scene.append(['9']);
    expect(scene.stream.hasRoom()).toBe(false);
    expect(scene.selfMetrics.value('meterlark_stream_records_pending')).toBe(10);
    await scene.timers.advance(100);
    expect(scene.stream.hasRoom()).toBe(true);
    await scene.stream.flush();
    expect(scene.texts).toEqual(numbered(10));
    expect(scene.selfMetrics.value('meterlark_stream_records_pending')).toBe(0);
    expect(scene.selfMetrics.value('meterlark_stream_records_pending_bytes')).toBe(0);
  });

  test('there is no room from the limit of bytes on, waiting batches included', async () => {
    const scene = new RecordScene({ maxPendingRecordBytes: 20_000, recordFlushBytes: 8000, retryInitialMs: 100 });
    scene.answers.push(storageError('retryable'));
    await scene.append(['a'.repeat(9000)]);
    await settle();
    expect(scene.stream.hasRoom()).toBe(true);
    await scene.append(['b'.repeat(9000), 'c'.repeat(3000)]);
    expect(scene.stream.hasRoom()).toBe(false);
    expect(scene.selfMetrics.value('meterlark_stream_records_pending_bytes')).toBeGreaterThan(21_000);
    await scene.timers.advance(100);
    expect(scene.stream.hasRoom()).toBe(true);
  });
});

describe('stopping the stream of records', () => {
  test('writes out what is left and ends the timer', async () => {
    const scene = new RecordScene();
    scene.stream.start();
    await scene.append(['a']);
    await scene.stream.stop();
    expect(scene.texts).toEqual(['a']);
    expect(scene.timers.delays).toEqual([]);
  });

  test('without a start or a row is safe too', async () => {
    const scene = new RecordScene();
    await scene.stream.stop();
    expect(scene.attempts).toEqual([]);
  });

  test('ends a back-off at once and stores what failed and what came since', async () => {
    const scene = new RecordScene({ retryInitialMs: 5000, retryMaxMs: 60_000 });
    scene.answers.push(storageError('retryable'));
    await scene.append(['a']);
    void scene.stream.flush();
    await settle();
    await scene.append(['b']);
    await scene.stream.stop();
    expect(scene.texts).toEqual(['a', 'b']);
  });

  test('goes on until the stop time-out and then gives up all that waits, counted', async () => {
    const scene = new RecordScene({ retryInitialMs: 100, stopTimeoutMs: 1000, recordFlushRows: 2 });
    for (let failure = 0; failure < 100; failure += 1) scene.answers.push(storageError('retryable'));
    await scene.append(numbered(5));
    const stopped = scene.stream.stop();
    for (let tick = 0; tick < 10; tick += 1) {
      await settle();
      scene.clock.advance(100);
      await scene.timers.advance(100);
    }
    await stopped;
    expect(scene.attempts.length).toBeGreaterThan(5);
    expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'records', reason: 'stopped' })).toBe(5);
  });
});
