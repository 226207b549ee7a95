import { describe, expect, test } from 'vitest';
import { app, request, scene, storedCall, trace } from './scene.js';

describe('nested views', () => {
  test('of the application and its gateway, and the log of the gateway, are one call', async () => {
    const orders = [['app', 'gate', 'log'], ['app', 'log', 'gate'], ['log', 'app', 'gate'], ['log', 'gate', 'app'], ['gate', 'log', 'app'], ['gate', 'app', 'log']];
    for (const order of orders) {
      // The log names no trace, and the application knows nothing of the gateway.
      const { sees, tells, waits, dialects, logs } = await scene();
      const steps: Readonly<Record<string, () => void>> = {
        app: () => sees({}, { spanId: 'app' }, app), gate: () => sees({}, { spanId: 'gate', parentSpanId: 'app' }), log: () => tells(),
      };
      for (const step of order) steps[step]!();
      waits();
      expect([order, dialects(), logs('joined')]).toEqual([order, ['otel'], 1]);
    }
  });

  test('of late spans are passed over, both of them', async () => {
    const { sees, tells, waits, dialects, passedOver } = await scene();
    tells({}, { traceId: trace });
    waits();
    sees({}, { spanId: 'app' }, app);
    sees({}, { spanId: 'gate', parentSpanId: 'app' });
    expect([dialects(), passedOver('logged'), passedOver('nested')]).toEqual([['gateway-log'], 1, 1]);
  });

  test('take one log of their request id, not two', async () => {
    const { sees, tells, waits, records } = await scene();
    // One id that came in, handed on with each call of an agent; the spans of its second call are lost.
    sees(request, { spanId: 'gate', parentSpanId: 'app' });
    sees(request, { spanId: 'app' }, app);
    tells(request);
    tells({ ...request, 'gen_ai.usage.input_tokens': '5000' }, { at: 20_000 });
    waits();
    expect(records.rows('model_calls').map((row) => [row['dialect'], row['input_tokens']])).toEqual([['otel', 100], ['gateway-log', 5000]]);
  });

  test('take one log that waits, not two', async () => {
    const { sees, tells, waits, dialects } = await scene();
    tells(request);
    tells({ ...request, 'gen_ai.usage.input_tokens': '5000' }, { at: 20_000 });
    sees(request, { spanId: 'gate', parentSpanId: 'app' });
    sees(request, { spanId: 'app' }, app);
    waits();
    expect(dialects()).toEqual(['otel', 'gateway-log']);
  });

  test('take no log of another call that is alike', async () => {
    const { sees, tells, waits, dialects } = await scene();
    sees({}, { spanId: 'app' }, app);
    sees({}, { spanId: 'gate', parentSpanId: 'app' });
    tells({}, { traceId: trace });
    tells({}, { at: 100 });
    waits();
    expect(dialects()).toEqual(['otel', 'gateway-log']);
  });

  test('of an earlier run take one log as well', async () => {
    const { sees, tells, waits, dialects } = await scene([storedCall({ dialect: 'otel', id: 'x', span_id: 'app', request_id: 'r-1' })]);
    sees(request, { spanId: 'gate', parentSpanId: 'app' });
    tells(request);
    tells({ ...request, 'gen_ai.usage.input_tokens': '5000' }, { at: 20_000 });
    waits();
    expect(dialects()).toEqual(['gateway-log']);
  });

  test('of which the one that says nothing of the gateway comes late and first are counted twice, and told of', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    tells();
    waits();
    sees({}, { spanId: 'app' }, app);
    sees({}, { spanId: 'gate', parentSpanId: 'app' });
    expect([dialects(), logs('twice')]).toEqual([['gateway-log', 'otel'], 1]);
    // The log is that call's, and no other's.
    sees({}, { spanId: 'other', traceId: 'f'.repeat(32) });
    expect(dialects()).toEqual(['gateway-log', 'otel', 'otel']);
  });

  test('take one log of their trace, not two', async () => {
    const { sees, tells, waits, dialects } = await scene();
    tells({}, { traceId: trace });
    tells({}, { traceId: trace, at: 1 });
    sees({}, { spanId: 'app' }, app);
    sees({}, { spanId: 'gate', parentSpanId: 'app' });
    waits();
    expect(dialects()).toEqual(['otel', 'gateway-log']);
  });
});
