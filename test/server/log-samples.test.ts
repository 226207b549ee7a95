/** Samples that rules over logs make, through the rules of metrics, the stream, a store and the queries, on each storage. */
import { MeterRules, MetricStream, SampleSink, type MetricSample } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../demo/client.js';
import { startServer, storages } from './support.js';

const rules = `
metricPrefix: t_web
metricsRules:
  - name: errors
    exp: web_error_count.sum(['level','service','instance']).downsampling(SUM).service(['service'], Layer.NGINX)
  - name: cost
    exp: web_cost.sum(['service']).service(['service'], Layer.NGINX)
`;
const subject = { service: 'edge' };

describe.each(storages)('samples of rules over logs, on %s', (storage) => {
  it('are all counted, thousands at one instant and in any order of minutes', async () => {
    const server = await startServer({ storage, settings: { 'stream/minutes': { flushIntervalMs: 3_600_000 } } });
    try {
      const { host } = server;
      await host.get(MeterRules).load([{ name: 't.yaml', text: rules }]);
      const minute = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
      const sample = (timeMs: number, level: string): MetricSample => ({
        name: 'web_error_count', labels: { level, service: 'edge', instance: 'edge-1' }, value: 1, timeMs,
      });
      const sink = host.get(SampleSink);
      for (let batch = 0; batch < 10; batch += 1) sink.add('', Array.from({ length: 1000 }, (_, index) => sample(minute, index % 4 === 0 ? 'crit' : 'error')));
      sink.add('', [sample(minute + 60_000, 'error'), sample(minute, 'error'), sample(minute + 60_000, 'error'), sample(minute - 30 * 86_400_000, 'error')]);
      sink.add('', [10, 20, 60].map((value) => ({ name: 'web_cost', labels: { service: 'edge' }, value, timeMs: minute })));
      await host.get(MetricStream).flush();
      const window = { step: 'MINUTE', fromMs: minute, toMs: minute + 60_000 } as const;
      const [errors, cost] = await evaluate(server.httpUrl, ['t_web_errors', 't_web_cost'], subject, window);
      const shown = Object.fromEntries((errors?.results ?? []).map(({ metric, values }) => [
        metric.labels.find(({ key }) => key === 'level')?.value, values.map(({ value }) => value),
      ]));
      expect(shown).toEqual({ crit: ['2500', null], error: ['7501', '2'] });
      expect(cost?.results[0]?.values.map(({ value }) => value)).toEqual(['30', null]);
    } finally {
      await server.stop();
    }
  });
});
