import { instanceId, noUsage, serviceId, type ModelCall } from '@meterlark/core';
import { RecordingSources } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { CallMetrics } from '../../src/metrics/call-metrics.js';
import { CallEntities, SeenEntities } from '../../src/metrics/entities.js';
import { notPriced } from '../../src/normalise/facts.js';
import { call, startUs } from '../spans.js';

const whole: ModelCall = {
  ...call({ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.response.model': 'gpt-4o' }),
  durationMs: 1000.9, user: 'ann', session: 's-1', team: '', dimensions: { project: 'p' }, streaming: true,
  timeToFirstTokenMs: 350.4, timePerOutputTokenMs: 12.5,
  usage: { ...noUsage, input: 100, output: 50, cacheRead: 20, cacheWrite5m: 5, cacheWrite1h: 2, reasoning: 10 },
  cost: { ...notPriced, source: 'computed', total: 48_000_000 },
};

function emitted(of: ModelCall, dimensions: readonly string[] = [], weight: 1 | -1 = 1) {
  const sources = new RecordingSources();
  new CallMetrics(sources, { dimensions }).emit(of, weight);
  return sources;
}

describe('the events of a call', () => {
  test('carry all that rules may read, about the provider, the model and the caller', () => {
    const { events } = emitted(whole);
    expect(events.map(({ source, entity }) => [source, entity.id])).toEqual([
      ['GenAIProviderAccess', 'b3BlbmFp.0'],
      ['GenAIModelAccess', instanceId({ name: 'openai', normal: false }, 'gpt-4o')],
      ['GenAICallerAccess', serviceId({ name: 'shop', normal: true })],
    ]);
    for (const { values, timeMs, weight } of events) {
      expect([timeMs, weight]).toEqual([startUs / 1000, 1]);
      expect(values).toEqual({
        latency: 1000, status: true, inputTokens: 100, outputTokens: 50, totalEstimatedCost: 48_000_000,
        timeToFirstToken: 350, cacheReadTokens: 20,
        cacheWriteTokens: 7, reasoningTokens: 10, timePerOutputToken: 12.5,
        outputTokensPerSecond: expect.closeTo(76.86, 2), generationMs: 650.5, errorType: '',
        priced: true, streaming: true, operation: 'chat', provider: 'openai', model: 'gpt-4o', caller: 'shop',
      });
    }
  });

  test('leave undefined what nobody knows', () => {
    const unknown: ModelCall = {
      ...whole, usage: noUsage, cost: notPriced, timeToFirstTokenMs: undefined, timePerOutputTokenMs: undefined,
      streaming: undefined,
    };
    expect(emitted(unknown).of('GenAIProviderAccess')[0]?.values).toMatchObject({
      inputTokens: undefined, outputTokens: undefined, totalEstimatedCost: undefined, timeToFirstToken: undefined,
      cacheReadTokens: undefined, cacheWriteTokens: undefined,
      reasoningTokens: undefined, timePerOutputToken: undefined, outputTokensPerSecond: undefined, streaming: undefined,
      priced: false, generationMs: 1000.9,
    });
  });

  test('of a failure that used nothing say neither priced nor unpriced, and no speed', () => {
    const failed: ModelCall = {
      ...whole, status: 'error', errorType: '429', usage: noUsage, cost: { ...notPriced, source: 'none' },
    };
    expect(emitted(failed).of('GenAIModelAccess')[0]?.values).toMatchObject({
      status: false, errorType: '429', priced: undefined, generationMs: undefined,
    });
  });

  test('are one for each dimension that the settings name and the call has', () => {
    const events = emitted(whole, ['user', 'session', 'team', 'project', 'missing', 'toString']).of('GenAIDimensionAccess');
    expect(events.map(({ entity, values }) => [entity.id, values['dimension'], values['value'], values['inputTokens']])).toEqual([
      ['c2hvcA==.1', 'user', 'ann', 100], ['c2hvcA==.1', 'session', 's-1', 100], ['c2hvcA==.1', 'project', 'p', 100],
    ]);
  });

  test('take a call back with the weight -1', () => {
    expect(new Set(emitted(whole, ['user'], -1).events.map(({ weight }) => weight))).toEqual(new Set([-1]));
  });
});

describe('entities', () => {
  test('are one object each, per tenant', () => {
    const entities = new CallEntities(100);
    expect(entities.provider('', 'a')).toBe(entities.provider('', 'a'));
    expect(entities.model('', 'a', 'm')).toBe(entities.model('', 'a', 'm'));
    expect(entities.model('', 'a', 'm')).not.toBe(entities.model('', 'b', 'm'));
    expect(entities.caller('', 'a')).not.toBe(entities.caller('t', 'a'));
  });

  test('are met anew when there are too many', () => {
    const entities = new CallEntities(2);
    const first = entities.caller('', 'a');
    for (const name of ['b', 'c', 'd']) entities.caller('', name);
    expect(entities.caller('', 'a')).not.toBe(first);
    expect(entities.caller('', 'a')).toEqual(first);
  });

  test('are reported once a minute, as a service of the layer and its instances', () => {
    const seen: unknown[] = [];
    const entities = new CallEntities(10);
    const reporter = new SeenEntities({ observe: (record) => void seen.push(record) });
    const model = entities.model('t', 'openai', 'gpt-4o');
    for (const timeMs of [60_000, 119_999, 120_000]) reporter.observe(
      model, { provider: 'openai', model: 'gpt-4o' }, timeMs,
    );
    reporter.observe(entities.provider('t', 'openai'), { provider: 'openai', model: undefined }, 60_000);
    const common = { tenant: 't', serviceId: 'b3BlbmFp.0', instanceId: '', layers: ['VIRTUAL_GENAI'], properties: {} };
    expect(seen).toEqual([
      {
        ...common, id: 'b3BlbmFp.0_Z3B0LTRv', scope: 'ServiceInstance', name: 'gpt-4o', firstSeenMs: 60_000,
        lastSeenMs: 60_000,
      },
      {
        ...common, id: 'b3BlbmFp.0_Z3B0LTRv', scope: 'ServiceInstance', name: 'gpt-4o', firstSeenMs: 120_000,
        lastSeenMs: 120_000,
      },
      { ...common, id: 'b3BlbmFp.0', scope: 'Service', name: 'openai', firstSeenMs: 60_000, lastSeenMs: 60_000 },
    ]);
  });
});
