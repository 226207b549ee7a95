import { describe, expect, it } from 'vitest';
import { boundedId } from '../../src/runtime/sampler-ids.js';
import { batchOf, logOf, ruleOf, sceneOf } from './scene.js';

/** Keeps a log when its body's sampler has a place, two a minute. */
const limited = (name: string) => ruleOf({ name }, ({ body }, tools) => ({ kept: tools.allow(body, 2) }));
const logs = (...bodies: string[]) => batchOf(bodies.map((body) => logOf({ body })));

describe('places of a minute', () => {
  it('are given first come, first served, for each id, and anew in the next minute of the server', async () => {
    const { analyzer, clock, rows, dropped } = await sceneOf({ rules: [limited('a')] });
    analyzer.accept(logs('x', 'x', 'x', 'y'));
    analyzer.accept(logs('x', 'y', 'y'));
    expect(rows().map(({ body }) => body)).toEqual(['x', 'x', 'y', 'y']);
    expect(dropped('sampled')).toBe(3);
    clock.advance(39_000);
    analyzer.accept(logs('x'));
    expect(rows()).toHaveLength(4);
    clock.advance(1000);
    analyzer.accept(logs('x', 'x', 'x'));
    expect(rows()).toHaveLength(6);
  });

  it('of two rules, and of two tenants, are different ones', async () => {
    const { analyzer, rows } = await sceneOf({ rules: [limited('a'), limited('b')] });
    analyzer.accept(logs('x', 'x', 'x'));
    analyzer.accept({ ...logs('x', 'x', 'x'), tenant: 't' });
    analyzer.accept(logs('x'));
    expect(rows().map(({ tenant }) => tenant)).toEqual(['', '', '', '', 't', 't', 't', 't']);
  });

  it('beyond the limit of ids are shared and counted, and reset nobody', async () => {
    const { analyzer, rows, metrics } = await sceneOf({ rules: [limited('a')], settings: { maxSamplers: 2 } });
    analyzer.accept(logs('x', 'x', 'y', ...Array.from({ length: 50 }, (_, place) => `n${place}`), 'x', 'y', 'y'));
    expect(rows().map(({ body }) => body)).toEqual(['x', 'x', 'y', 'n0', 'n1', 'y']);
    expect(metrics.value('meterlark_log_samplers_exceeded_total')).toBe(50);
  });

  it('of ids as long as a body are told apart to their end, and by an id of bounded length', async () => {
    const { analyzer, rows } = await sceneOf({ rules: [limited('a')] });
    const long = 'x'.repeat(20_000);
    analyzer.accept(logs(...['a', 'b', 'a', 'a', 'b', 'b'].map((end) => long + end)));
    expect(rows().map(({ body }) => (body as string).at(-1))).toEqual(['a', 'b', 'a', 'b']);
    expect(new Set([255, 256, 257, 20_000, 200_000].map((length) => boundedId('x'.repeat(length)))).size).toBe(5);
    expect([255, 256, 257, 200_000].map((length) => boundedId('x'.repeat(length)).length)).toEqual([255, 256, 256, 256]);
  });

  it('of ids with half a character are of that id', async () => {
    const { analyzer, rows, metrics } = await sceneOf({ rules: [limited('a')], settings: { maxSamplers: 2 } });
    analyzer.accept(logs('\ud800', '\ud800', '\ud800', '\udc00'));
    expect(rows()).toHaveLength(3);
    expect(metrics.value('meterlark_log_samplers_exceeded_total')).toBe(0);
  });

  it('may be none', async () => {
    const { analyzer, rows } = await sceneOf({ rules: [ruleOf({}, (_, tools) => ({ kept: tools.allow('', 0) }))] });
    analyzer.accept(logs('x'));
    expect(rows()).toEqual([]);
  });
});

describe('chance', () => {
  async function chances(...given: readonly Parameters<typeof logOf>[0][]): Promise<readonly number[]> {
    const seen: number[] = [];
    const { analyzer } = await sceneOf({ rules: [ruleOf({}, (input, tools) => { seen.push(tools.chance(input)); return {}; })] });
    analyzer.accept(batchOf(given.map(logOf)));
    return seen;
  }

  it('is equal for all logs of a trace, else of a request, else for equal logs', async () => {
    const [trace, sameTrace, request, sameRequest, plain, same, later, other, missing] = await chances(
      { traceId: 't', body: 'a' }, { traceId: 't', body: 'b', attributes: { 'x-request-id': 'r' } },
      { attributes: { 'x-request-id': 'r' }, body: 'a' }, { attributes: { 'x-request-id': 'r' }, body: 'b' },
      { body: 'a' }, { body: 'a' }, { body: 'a', timeUs: Date.UTC(2026, 0, 15, 12, 30, 19) * 1000 }, { body: 'b' }, { body: 'a', attributes: { 'x-request-id': '-' } },
    );
    expect([sameTrace, sameRequest, same, missing]).toEqual([trace, request, plain, plain]);
    expect(new Set([trace, request, plain, later, other]).size).toBe(5);
  });

  it('is equal for equal logs that say no time, whenever they come', async () => {
    const seen: number[] = [];
    const { analyzer, clock } = await sceneOf({ rules: [ruleOf({}, (input, tools) => { seen.push(tools.chance(input)); return {}; })] });
    for (const body of ['a', 'a', 'b']) {
      analyzer.accept(batchOf([logOf({ timeUs: 0, body })]));
      clock.advance(5000);
    }
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).not.toBe(seen[0]);
  });

  it('is spread evenly over 0 to 1, for ids that differ little, too', async () => {
    const seen = await chances(...Array.from({ length: 2000 }, (_, place) => ({ traceId: place.toString(16).padStart(32, '0') })));
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...seen)).toBeLessThan(1);
    for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const share = seen.filter((each) => Math.floor(each * 10) === tenth).length / seen.length;
      expect(Math.abs(share - 0.1), String(tenth)).toBeLessThan(0.03);
    }
  });
});
