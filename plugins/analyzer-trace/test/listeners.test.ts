import type { SpanListener } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { attributesOf, batchOf, sceneOf, spanOf } from './scene.js';

function listener(listen: SpanListener['listen'], room = true): SpanListener {
  return { listen, hasRoom: () => room };
}

describe('span listeners', () => {
  it('are asked in the order added, each with the answer of the one before, and the last answer is stored', async () => {
    const { analyzer, spans } = await sceneOf();
    analyzer.add(listener((span) => ({ ...span, name: `${span.name} one` })));
    analyzer.add(listener((span, origin) => ({ ...span, name: `${span.name} two of ${origin.service}` })));
    analyzer.accept(batchOf([spanOf({ name: 'n' })]));
    expect(spans()[0]?.['name']).toBe('n one two of shop');
  });

  it('may add attributes and take them away; what is taken is stored nowhere', async () => {
    const { analyzer, spans } = await sceneOf();
    analyzer.add(listener((span) => ({ ...span, attributes: attributesOf({ model: 'm', 'gen_ai.estimated.cost': 0.25 }) })));
    analyzer.accept(batchOf([spanOf({ attributes: { model: 'm', prompt: 'secret' } })]));
    expect(spans()[0]).toMatchObject({ attributes: { model: 'm' }, numbers: { 'gen_ai.estimated.cost': 0.25 } });
    expect(JSON.stringify(spans())).not.toContain('secret');
  });

  it('that throw are counted and logged once, and the span is stored as it was', async () => {
    const { analyzer, spans, metrics, logger } = await sceneOf();
    analyzer.add(listener((span) => ({ ...span, name: 'before' })));
    analyzer.add(listener(() => { throw new Error('no'); }));
    analyzer.add(listener((span) => ({ ...span, peer: 'after' })));
    analyzer.accept(batchOf([spanOf(), spanOf()]));
    expect(spans().map((row) => [row['name'], row['peer']])).toEqual([['before', 'after'], ['before', 'after']]);
    expect(metrics.value('meterlark_trace_listener_failures_total')).toBe(2);
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('are not asked about spans that are refused', async () => {
    const { analyzer } = await sceneOf();
    let asked = 0;
    analyzer.add(listener((span) => { asked += 1; return span; }));
    analyzer.accept(batchOf([spanOf({ startUs: 0 })]));
    expect(asked).toBe(0);
  });
});

describe('room', () => {
  it('needs that of records, of metrics and of every listener', async () => {
    const { analyzer, records, stream } = await sceneOf();
    expect(analyzer.hasRoom()).toBe(true);
    records.room = false;
    expect(analyzer.hasRoom()).toBe(false);
    records.room = true;
    stream.room = false;
    expect(analyzer.hasRoom()).toBe(false);
    stream.room = true;
    analyzer.add(listener((span) => span, false));
    expect(analyzer.hasRoom()).toBe(false);
  });
});
