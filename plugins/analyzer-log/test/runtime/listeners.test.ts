import type { Log, LogListener, LogOrigin } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { aborted, batchOf, logOf, resourceOf, ruleOf, sceneOf } from './scene.js';

function listener(listen: LogListener['listen'], room = true): LogListener {
  return { listen, hasRoom: () => room };
}

describe('log listeners', () => {
  it('are told of every log before the rules, whether it is kept or not, with who sent it', async () => {
    const order: string[] = [];
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, ({ body }) => { order.push(`rule ${body}`); return aborted; })] });
    analyzer.add(listener(({ body }, { service, layer, protocol }) => { order.push(`one ${body} ${service} ${layer} ${protocol}`); }));
    analyzer.add(listener(({ body }) => { order.push(`two ${body}`); }));
    const resource = resourceOf({ 'service.name': 'gw', 'service.layer': 'ENVOY_AI_GATEWAY' });
    analyzer.accept(batchOf([logOf({ body: 'a' }), logOf({ body: 'b' })], { resource }));
    expect(order).toEqual(['one a gw ENVOY_AI_GATEWAY otlp', 'two a', 'rule a', 'one b gw ENVOY_AI_GATEWAY otlp', 'two b', 'rule b']);
    expect(rows()).toEqual([]);
  });

  it('get one origin for all logs of a resource and scope, with the layer as the sender said it', async () => {
    const origins: LogOrigin[] = [];
    const { analyzer } = await sceneOf();
    analyzer.add(listener((_, origin) => { origins.push(origin); }));
    const resource = resourceOf({ 'service.name': 'gw', 'service.layer': 'NO_SUCH' });
    analyzer.accept(batchOf([logOf(), logOf()], { resource }));
    analyzer.accept(batchOf([logOf()], { resource }));
    expect(new Set(origins).size).toBe(1);
    expect(origins[0]).toMatchObject({ service: 'gw', layer: 'NO_SUCH', instance: '' });
  });

  it('that throw are counted and logged once; the others and the rules go on', async () => {
    const heard: Log[] = [];
    const { analyzer, rows, metrics, logger } = await sceneOf();
    analyzer.add(listener(() => { throw new Error('no'); }));
    analyzer.add(listener((log) => { heard.push(log); }));
    analyzer.accept(batchOf([logOf(), logOf()]));
    expect([heard.length, rows().length]).toEqual([2, 2]);
    expect(metrics.value('meterlark_log_listener_failures_total')).toBe(2);
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('are not told of logs that are refused', async () => {
    const { analyzer } = await sceneOf();
    let told = 0;
    analyzer.add(listener(() => { told += 1; }));
    analyzer.accept(batchOf([logOf({ timeUs: 1 })]));
    expect(told).toBe(0);
  });
});

describe('room', () => {
  it('needs that of records, of the stream and of every listener', async () => {
    const { analyzer, records, stream } = await sceneOf();
    expect(analyzer.hasRoom()).toBe(true);
    records.room = false;
    expect(analyzer.hasRoom()).toBe(false);
    records.room = true;
    stream.room = false;
    expect(analyzer.hasRoom()).toBe(false);
    stream.room = true;
    analyzer.add(listener(() => undefined, false));
    expect(analyzer.hasRoom()).toBe(false);
  });
});
