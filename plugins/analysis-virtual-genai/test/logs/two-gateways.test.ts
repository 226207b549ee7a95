import { describe, expect, test } from 'vitest';
import { origin, type AttributeObject } from '../spans.js';
import { logOrigin } from './logs.js';
import { failure, request, scene, storedCall } from './scene.js';

const silent: AttributeObject = { 'gen_ai.usage.input_tokens': undefined, 'gen_ai.usage.output_tokens': undefined };
const told: readonly (readonly [string, AttributeObject, AttributeObject])[] = [['both know the tokens', {}, {}], ['the outer knows no tokens', failure, silent]];
/** M the outer gateway's log, L the inner one's, s a span, w for the time that logs wait. */
const early = ['M L s', 'L M s', 's M L', 's L M', 'M s L', 'L s M'];
const late = ['M L w s', 'L M w s', 'M w L s', 'L w M s'];

describe('a request that passes two gateways, of which one sends spans without ids', () => {
  const cases = told.flatMap(([name, log, span]) => ['inner', 'outer'].flatMap((from) => [...early, ...late].map((order) => [order, from, name, log, span] as const)));

  test.each(cases)('is one call (%s, span of the %s gateway, %s)', async (order, from, _, log, span) => {
    const { sees, tells, waits, dialects } = await scene();
    const steps: Readonly<Record<string, () => void>> = {
      M: () => tells({ ...request, ...log }, {}, logOrigin({ service: 'outer' })),
      L: () => tells(request, { at: 5 }, logOrigin({ service: 'inner' })),
      s: () => sees(from === 'outer' ? span : {}, {}, origin({ service: from, scope: 'envoyproxy/ai-gateway' })),
      w: () => waits(),
    };
    for (const step of order.split(' ')) steps[step]!();
    waits();
    expect(dialects()).toEqual([order.includes('w') ? 'gateway-log' : 'otel']);
  });

  test('is one call when it passes more gateways than are remembered of one', async () => {
    const { sees, tells, waits, dialects, logs } = await scene();
    for (let place = 0; place < 20; place += 1) tells(request, { at: place }, logOrigin({ service: `gateway-${place}` }));
    sees({}, {}, origin({ service: 'gateway-8' }));
    waits();
    tells(request, { at: 21 }, logOrigin({ service: 'gateway-21' }));
    waits();
    expect([dialects(), logs('joined')]).toEqual([['otel'], 21]);
  });

  test('is one call when an earlier run counted the log of the outer gateway', async () => {
    const stored = storedCall({ id: 'x', dialect: 'gateway-log', request_id: 'r-1', trace_id: '', service: 'outer', gateway: 'outer' });
    const { sees, tells, waits, dialects, passedOver } = await scene([stored]);
    tells(request, { at: 5 }, logOrigin({ service: 'inner' }));
    sees({}, {}, origin({ service: 'inner' }));
    waits();
    expect([dialects(), passedOver('logged')]).toEqual([[], 1]);
  });

  test('takes no span of another call of the inner gateway', async () => {
    const { sees, tells, waits, dialects } = await scene();
    tells(request, {}, logOrigin({ service: 'outer' }));
    tells(request, { at: 5 }, logOrigin({ service: 'inner' }));
    sees({}, { spanId: 's1' }, origin({ service: 'inner' }));
    sees({}, { spanId: 's2' }, origin({ service: 'inner' }));
    tells({ 'x-request-id': 'r-2' }, { at: 9 }, logOrigin({ service: 'inner' }));
    waits();
    expect(dialects()).toEqual(['otel', 'otel']);
  });
});
