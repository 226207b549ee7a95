/** Events of sources through the rules, the stream, a store and the queries, on each storage. */
import { MetricStream, serviceId, SourceRules, SourceSink, type SourceValue } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { evaluate, type ExpressionAnswer } from '../demo/client.js';
import { startServer, storages } from './support.js';

const rules = `
t_time = from(Service.latency).longAvg();
t_percentile = from(Service.latency).percentile2(10);
t_apdex = from(Service.latency).apdex(name, status);
t_sla = from(Service.*).percent(status == true);
t_cost = from(GenAICallerAccess.totalEstimatedCost).sum();
t_unpriced = from(GenAICallerAccess.*).countIf(priced == false);
t_error_percent = from(GenAICallerAccess.*).labelPercent(errorType);
t_model_cost = from(GenAICallerAccess.*).labelSum(provider, model, totalEstimatedCost);
`;

const subject = { service: 'oal-shop' };
const entity = { tenant: '', id: serviceId({ name: subject.service, normal: true }) };

/** `labels=value`, those without a value left out. */
function shown({ error, results }: ExpressionAnswer): string[] {
  if (error !== null) throw new Error(error);
  return results.flatMap(({ metric, values }) => {
    const labels = metric.labels.map(({ key, value }) => `${key}=${value} `).join('');
    return values.filter(({ value }) => value !== null).map(({ value }) => `${labels}${value}`);
  });
}

describe.each(storages)('rules on sources, on %s', (storage) => {
  it('give the values that clients see, and take them back', async () => {
    const server = await startServer({ storage, settings: { 'stream/minutes': { flushIntervalMs: 3_600_000 } } });
    try {
      const { host } = server;
      await host.get(SourceRules).load([{ name: 't.oal', text: rules }], 'GENERAL');
      const minute = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
      const requests = host.get(SourceSink).open('Service', ['name', 'latency', 'status']);
      const calls = host.get(SourceSink).open('GenAICallerAccess', ['totalEstimatedCost', 'priced', 'errorType', 'provider', 'model']);
      const events: SourceValue[][] = [['oal-shop', 4, true], ['oal-shop', 1234, true], ['oal-shop', 25, false], ['oal-shop', 61, true]];
      for (const event of events) requests.emit(entity, minute, event);
      calls.emit(entity, minute, [160_000, true, '', 'openai', 'small']);
      calls.emit(entity, minute, [undefined, false, '', 'openai', 'unheard-of']);
      calls.emit(entity, minute, [undefined, undefined, '429', 'openai', 'small']);
      calls.emit(entity, minute, [7, true, '', 'openai', 'wrong']);
      await host.get(MetricStream).flush();
      calls.emit(entity, minute, [7, true, '', 'openai', 'wrong'], -1);
      requests.emit(entity, minute, ['oal-shop', 9999, true]);
      await host.get(MetricStream).flush();
      requests.emit(entity, minute, ['oal-shop', 9999, true], -1);
      await host.get(MetricStream).flush();
      const names = ['t_time', 't_percentile', 't_apdex', 't_sla', 't_cost', 't_unpriced', 't_error_percent', 't_model_cost'];
      const window = { step: 'MINUTE', fromMs: minute, toMs: minute } as const;
      const answers = await evaluate(server.httpUrl, names, subject, window);
      expect(Object.fromEntries(names.map((name, index) => [name, shown(answers[index]!)]))).toEqual({
        t_time: ['331'],
        t_percentile: ['p=50 20', 'p=75 60', 'p=90 1230', 'p=95 1230', 'p=99 1230'],
        t_apdex: ['6250'],
        t_sla: ['7500'],
        t_cost: ['0.16'],
        t_unpriced: ['1'],
        t_error_percent: ['errorType=429 33.333'],
        t_model_cost: ['model=small provider=openai 0.16', 'model=wrong provider=openai 0'],
      });
    } finally {
      await server.stop();
    }
  });
});
