import { expect, test } from 'vitest';
import { BatchDrops } from '../../src/kernel/batch-drops.js';
import { RecordingMetrics } from '../../src/testing/fakes.js';

test('what a batch dropped is counted by reason, and told where the sender can help it', () => {
  const metrics = new RecordingMetrics();
  const drops = new BatchDrops<'late' | 'sampled'>(metrics.counter('dropped_total'), { late: 'it is too old' });
  drops.add('late');
  drops.add('sampled', 4);
  drops.add('late');
  expect(drops.settle()).toEqual({ rejected: 2, reason: '2: it is too old' });
  expect([metrics.value('dropped_total', { reason: 'late' }), metrics.value('dropped_total', { reason: 'sampled' })]).toEqual([2, 4]);
  expect(drops.settle()).toEqual({ rejected: 0, reason: '' });
});
