import { describe, expect, test } from 'vitest';
import { PrometheusSelfMetrics } from '../../src/host/self-metrics.js';
import { codes, faultsFrom } from '../kernel/fixtures.js';

describe('self metrics', () => {
  test('counters, gauges and read gauges become Prometheus text', async () => {
    const metrics = new PrometheusSelfMetrics();
    metrics.counter('meterlark_received_total', 'Received.', ['signal']).add(3, { signal: 'metrics' });
    metrics.gauge('meterlark_queue_bytes', 'Queue.').set(7);
    metrics.observe('meterlark_series', 'Series.', () => 11);
    const text = await metrics.text();
    expect(text).toContain('meterlark_received_total{signal="metrics"} 3');
    expect(text).toContain('meterlark_queue_bytes 7');
    expect(text).toContain('meterlark_series 11');
    expect(metrics.contentType).toContain('text/plain');
  });

  test('one name asked for twice is one metric', async () => {
    const metrics = new PrometheusSelfMetrics();
    metrics.counter('meterlark_x_total', 'X.').add();
    metrics.counter('meterlark_x_total', 'X.').add(2);
    expect(await metrics.text()).toContain('meterlark_x_total 3');
  });

  test('the newest reader of a read gauge wins', async () => {
    const metrics = new PrometheusSelfMetrics();
    metrics.observe('meterlark_series', 'Series.', () => 1);
    metrics.observe('meterlark_series', 'Series.', () => 2);
    expect(await metrics.text()).toContain('meterlark_series 2');
  });

  test('a read metric whose name ends in _total is a counter and says at every scrape what was read', async () => {
    const metrics = new PrometheusSelfMetrics();
    let evicted = 3;
    metrics.observe('meterlark_evicted_total', 'Evicted.', () => evicted);
    metrics.observe('meterlark_series', 'Series.', () => 1);
    expect(await metrics.text()).toMatch(/# TYPE meterlark_evicted_total counter\nmeterlark_evicted_total 3\n/);
    evicted = 5;
    expect(await metrics.text()).toMatch(/\nmeterlark_evicted_total 5\n/);
    expect(await metrics.text()).toContain('# TYPE meterlark_series gauge');
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('a total that reads %d shows 0 and leaves the scrape whole', async (value) => {
    const metrics = new PrometheusSelfMetrics();
    metrics.observe('meterlark_evicted_total', 'Evicted.', () => value);
    metrics.observe('meterlark_series', 'Series.', () => 1);
    expect(await metrics.text()).toMatch(/\nmeterlark_evicted_total 0\n[^]*meterlark_series 1/);
  });

  test('one name with two shapes is refused', async () => {
    const metrics = new PrometheusSelfMetrics();
    metrics.counter('meterlark_x_total', 'X.', ['a']);
    expect(codes(await faultsFrom(() => metrics.gauge('meterlark_x_total', 'X.')))).toEqual(['HOST_METRIC_CLASH']);
    expect(codes(await faultsFrom(() => metrics.counter('meterlark_x_total', 'X.', ['b'])))).toEqual(['HOST_METRIC_CLASH']);
  });

  test('label sets beyond the limit are counted together', async () => {
    const metrics = new PrometheusSelfMetrics();
    const counter = metrics.counter('meterlark_x_total', 'X.', ['peer']);
    for (let peer = 0; peer < 1_500; peer += 1) counter.add(1, { peer: String(peer) });
    const text = await metrics.text();
    expect(text).toContain('meterlark_x_total{peer="_overflow"} 500');
    expect(text.match(/^meterlark_x_total\{/gm)).toHaveLength(1_001);
  });

  test('two hosts of one process do not mix, and the process can be watched', async () => {
    const [one, two] = [new PrometheusSelfMetrics(), new PrometheusSelfMetrics()];
    one.counter('meterlark_x_total', 'X.').add();
    two.watchProcess();
    expect(await two.text()).not.toContain('meterlark_x_total');
    expect(await two.text()).toContain('process_resident_memory_bytes');
  });
});
