import { describe, expect, test } from 'vitest';
import { startUs, type AttributeObject } from '../spans.js';
import type { log} from './logs.js';
import { logOrigin } from './logs.js';
import { app, failure, request, scene, trace } from './scene.js';

describe('several calls', () => {
  test('of one trace, side by side, are each counted once, whatever the order', async () => {
    const orders = [['s', 's', 's', 'l', 'l', 'l'], ['l', 'l', 'l', 's', 's', 's'], ['l', 's', 's', 'l', 'l', 's']];
    for (const order of orders) {
      const { sees, tells, waits, dialects, logs } = await scene();
      const next = { s: 0, l: 0 };
      for (const what of order) {
        // Logs in the opposite order; tokens tell the calls apart.
        if (what === 's') sees({ 'gen_ai.usage.input_tokens': next.s }, { spanId: `s${next.s}` }, app);
        else tells({ 'gen_ai.usage.input_tokens': String(2 - next.l) }, { traceId: trace, at: next.l });
        next[what as 's' | 'l'] += 1;
      }
      waits();
      expect([dialects(), logs('joined')]).toEqual([['otel', 'otel', 'otel'], 3]);
    }
  });

  test.each([['later', 1_000_000], ['at once', 1000], ['over hours', 60_000_000]])('of one trace, many of them, started %s, are found all the same', async (_, everyUs) => {
    const { sees, tells, waits, dialects, logs } = await scene();
    const many = 300;
    for (let place = 0; place < many; place += 1) sees({ 'gen_ai.usage.input_tokens': place }, { spanId: `s${place}`, startUs: startUs + place * everyUs }, app);
    for (let place = many - 1; place >= 0; place -= 7) tells({ 'gen_ai.usage.input_tokens': String(place) }, { traceId: trace, at: (place * everyUs) / 1000 });
    waits();
    const joined = Math.ceil(many / 7);
    expect([dialects().length, logs('joined'), logs('counted')]).toEqual([many, joined, 0]);
  });

  test('of one trace, many of them that tell no tokens, take the nearest', async () => {
    const { sees, tells, waits, logs } = await scene();
    const none = { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined };
    for (let place = 0; place < 300; place += 1) sees(none, { spanId: `s${place}`, startUs: startUs + place * 5_000_000 }, app);
    for (let place = 299; place >= 200; place -= 1) tells({ ...failure, 'gen_ai.response.model': 'gpt-4o' }, { traceId: trace, at: place * 5000 });
    waits();
    expect([logs('joined'), logs('counted')]).toEqual([100, 0]);
  });

  test('under one request id, many of them, take the nearest', async () => {
    const { sees, tells, waits, logs } = await scene();
    for (let place = 0; place < 200; place += 1) tells({ ...request, 'gen_ai.usage.input_tokens': '7' }, { at: place * 2000 });
    const silent = { ...request, 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined };
    for (let place = 199; place >= 150; place -= 1) sees(silent, { spanId: `s${place}`, startUs: startUs + place * 2_000_000 }, app);
    waits();
    expect([logs('joined'), logs('counted')]).toEqual([50, 150]);
  });

  test('of one trace, one after the other, keep their number when the first span is lost', async () => {
    const { sees, tells, waits, records } = await scene();
    tells({ 'gen_ai.usage.input_tokens': '1000' }, { traceId: trace });
    sees({ 'gen_ai.usage.input_tokens': 9000 }, { startUs: startUs + 1_200_000 }, app);
    tells({ 'gen_ai.usage.input_tokens': '9000' }, { traceId: trace, at: 1200 });
    waits();
    expect(records.rows('model_calls').map((row) => [row['dialect'], row['input_tokens']])).toEqual([['otel', 9000], ['gateway-log', 1000]]);
  });

  test('of one trace, of which the spans of some are missing, are all counted', async () => {
    const { sees, tells, waits, records } = await scene();
    for (const place of [0, 1, 2]) tells({ 'gen_ai.usage.input_tokens': String(place) }, { traceId: trace, at: place });
    sees({ 'gen_ai.usage.input_tokens': 1 });
    waits();
    expect(records.rows('model_calls').map((row) => [row['dialect'], row['input_tokens']])).toEqual([['otel', 1], ['gateway-log', 0], ['gateway-log', 2]]);
  });

  test('without ids, alike in everything, are as many as the more of both sides', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    for (let place = 0; place < 20; place += 1) tells({}, { at: place * 10 });
    for (let place = 0; place < 30; place += 1) sees({}, { spanId: `s${place}`, startUs: startUs + place * 10_000 });
    for (let place = 20; place < 35; place += 1) tells({}, { at: place * 10 });
    waits();
    expect([dialects().filter((one) => one === 'otel').length, logs('joined'), logs('counted')]).toEqual([30, 30, 5]);
  });

  test('that a client tries again under one request id are counted each', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    const failed = { ...request, response_code: '503', 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' };
    tells(failed);
    tells(failed, { at: 1500 });
    tells(request, { at: 3000 });
    sees(request, { startUs: startUs + 3_000_000 });
    waits();
    // All of them again.
    tells(failed);
    tells(failed, { at: 1500 });
    tells(request, { at: 3000 });
    waits();
    expect([dialects(), logs('joined'), logs('counted'), logs('again')]).toEqual([['otel', 'gateway-log', 'gateway-log'], 1, 2, 3]);
  });

  test.each(['F s L', 'F L s', 's F L', 'L s F', 'L F s', 's L F'].flatMap((order) => [[order, 'gateway'], [order, 'gateway-b']] as const))(
    'of a request whose first attempt failed are the failure and the call of the span (%s, second attempt at %s)',
    async (order, service) => {
      const { sees, tells, waits, records } = await scene();
      const tell = {
        F: () => tells({ ...request, ...failure, response_code: '503', duration: '200' }),
        L: () => tells(request, { at: 300 }, logOrigin({ service })),
        s: () => sees(request, { startUs: startUs + 300_000 }),
      };
      for (const what of order.split(' ')) tell[what as keyof typeof tell]();
      waits();
      const calls = records.rows('model_calls').map((row) => [row['dialect'], row['status'], row['input_tokens']]);
      expect(calls).toEqual([['otel', 'ok', 100], ['gateway-log', 'error', undefined]]);
    },
  );

  test('of other tokens under a request id that a client sends again a minute later are two', async () => {
    for (const order of ['log first', 'span first']) {
      const { sees, tells, waits, dialects } = await scene();
      if (order === 'log first') tells(request);
      sees({ ...request, 'gen_ai.usage.input_tokens': 7 }, { startUs: startUs + 60_000_000 });
      if (order === 'span first') tells(request);
      waits();
      expect(dialects()).toEqual(['otel', 'gateway-log']);
    }
  });

  test('of a request that failed at one gateway and went to another are two', async () => {
    const { tells, waits, records } = await scene();
    tells({ ...request, ...failure, response_code: '503', duration: '100' });
    tells({ ...request, duration: '3000' }, { at: 300 }, logOrigin({ service: 'gateway-b' }));
    waits();
    expect(records.rows('model_calls').map((row) => [row['service'], row['status']])).toEqual([['gateway', 'error'], ['gateway-b', 'ok']]);
  });

  test.each<readonly [string, AttributeObject, Parameters<typeof log>[1]]>([
    ['models', { 'gen_ai.request.model': 'claude', 'gen_ai.response.model': 'claude' }, { at: 50 }],
    ['operations', { 'x-envoy-origin-path': '/v1/embeddings' }, { at: 50 }], ['tokens', { 'gen_ai.usage.input_tokens': '22' }, { at: 50 }],
    ['times', { duration: '3000' }, { at: 2500 }],
  ])('of other %s to two gateways under one request id are two', async (_, change, words) => {
    const { tells, waits, dialects } = await scene();
    tells(request);
    tells({ ...request, ...change }, words, logOrigin({ service: 'gateway-b' }));
    waits();
    expect(dialects()).toHaveLength(2);
  });

  test('of a request that two gateways passed on are one, told by the one that knows the tokens', async () => {
    for (const order of ['outer first', 'inner first']) {
      const { tells, waits, records, logs } = await scene();
      const outer = (): void => tells({ ...request, ...failure, duration: '1200' });
      const inner = (): void => tells(request, { at: 5 }, logOrigin({ service: 'inner-gateway' }));
      if (order === 'outer first') outer();
      inner();
      if (order === 'inner first') outer();
      waits();
      expect([records.rows('model_calls').map((row) => [row['service'], row['input_tokens']]), logs('joined')]).toEqual([[['inner-gateway', 100]], 1]);
    }
  });

  test('of a request that two gateways passed on are one', async () => {
    const { tells, waits, dialects, logs } = await scene();
    tells(request);
    tells(request, { at: 5 }, logOrigin({ service: 'inner-gateway' }));
    waits();
    expect([dialects(), logs('joined')]).toEqual([['gateway-log'], 1]);
  });
});
