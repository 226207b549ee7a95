/** Issue: two gateway pods of one service, one cumulative and one delta, with restarts and new models, on both stores. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, firstSeries, type ExpressionAnswer, type Window } from '../demo/client.js';
import { agrees, expectations, percentileMs, tally } from '../demo/expected.js';
import { instruments } from '../demo/instruments.js';
import { byMinute, compareAll } from '../demo/report.js';
import { grpcExporter } from '../demo/send.js';
import { eventually, startServer, storages, type RunningServer, type StorageName } from './support.js';
import { play, service, type Played } from './two-pods.js';

function total(answer: ExpressionAnswer): number {
  let sum = 0;
  for (const { values } of answer.results) for (const { value } of values) sum += Number(value ?? 0);
  return sum;
}

describe.each(storages)('two pods of one service on %s', (storage: StorageName) => {
  let server: RunningServer;
  let played: Played;

  beforeAll(async () => {
    server = await startServer({ storage });
    const exporter = grpcExporter(server.grpcUrl);
    played = await play(exporter);
    await exporter.shutdown();
    const sent = tally(played.events, instruments.duration).count;
    await eventually(
      async () => total((await evaluate(server.httpUrl, ['meter_envoy_ai_gw_request_cpm'], { service }, played.window))[0]!),
      (answered) => answered >= sent,
    );
    // Counts and buckets are batches of their own: a flush may be visible with the one and not yet with the other.
    await eventually(
      () => compareAll(server.httpUrl, { subject: { service }, expectations, events: played.events }, played.window),
      (rows) => rows.every(({ differing }) => differing.length === 0),
    );
  }, 120_000);

  afterAll(() => server.stop());

  test('request_cpm of two pods, one cumulative and one delta, with restarts and new models, equals the requests sent', async () => {
    const [answer] = await evaluate(server.httpUrl, ['meter_envoy_ai_gw_request_cpm'], { service }, played.window);
    const minutes = byMinute(played.events);
    const answered = firstSeries(answer!);
    expect(answered.size).toBe(60);
    for (const [minute, value] of answered) {
      expect(value, new Date(minute).toISOString()).toBe(tally(minutes.get(minute) ?? [], instruments.duration).count);
    }
  });

  test('averages equal the ratio of sums and percentiles equal a reference computed in the test', async () => {
    const rows = await compareAll(server.httpUrl, { subject: { service }, expectations, events: played.events }, played.window);
    expect(rows.filter(({ differing }) => differing.length > 0)).toEqual([]);
  });

  test('per-provider and per-model labels add up to the whole', async () => {
    const names = ['request_cpm', 'provider_request_cpm', 'model_request_cpm'].map((name) => `meter_envoy_ai_gw_${name}`);
    const [whole, providers, models] = (await evaluate(server.httpUrl, names, { service }, played.window)).map(total);
    expect(whole).toBe(tally(played.events, instruments.duration).count);
    expect(providers).toBe(whole);
    expect(models).toBe(whole);
  });

  test('each pod has its own instance metrics and they add up to the service', async () => {
    const name = 'meter_envoy_ai_gw_instance_request_cpm';
    const pods = ['pod-0', 'pod-1'].map(async (instance) => {
      const [answer] = await evaluate(server.httpUrl, [name], { service, instance }, played.window);
      return total(answer!);
    });
    const [first, second] = await Promise.all(pods);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(0);
    expect(first! + second!).toBe(tally(played.events, instruments.duration).count);
  });

  test('an hour equals the merge of its minutes', async () => {
    const { fromMs } = played.window;
    const hour: Window = { step: 'HOUR', fromMs, toMs: fromMs };
    const answers = await evaluate(server.httpUrl, expectations.map(({ expression }) => expression), { service }, hour);
    for (const [index, expectation] of expectations.entries()) {
      const exact = expectation.of(played.events);
      const perMinute = /cpm|token_rate/.test(expectation.expression) ? 60 : 1;
      const answered = firstSeries(answers[index]!).get(fromMs);
      expect(
        agrees(expectation, exact === undefined ? undefined : exact / perMinute, answered),
        `${expectation.title}: ${String(exact)} / ${perMinute} against ${String(answered)}`,
      ).toBe(true);
    }
    expect(percentileMs(instruments.duration, tally(played.events, instruments.duration), 95)).toBeGreaterThan(0);
  });

  test('a request to a nonexistent model shows under "unknown", and what did not stream has no time to first token', async () => {
    const [models, ttft] = await evaluate(
      server.httpUrl,
      ["meter_envoy_ai_gw_model_request_cpm{gen_ai_response_model='unknown'}", 'meter_envoy_ai_gw_model_ttft_avg'],
      { service },
      played.window,
    );
    const unknown = tally(played.events, instruments.duration, ({ attributes }) => attributes['gen_ai.response.model'] === 'unknown');
    expect(unknown.count).toBeGreaterThan(0);
    expect(total(models!)).toBe(unknown.count);
    const streamed = new Set(ttft!.results.map(({ metric }) => metric.labels.find(({ key }) => key === 'gen_ai_response_model')?.value));
    expect(streamed.has('gpt-4o')).toBe(true);
    expect(streamed.has('unknown')).toBe(false);
    expect(streamed.has('text-embedding-005')).toBe(false);
  });
});
