import { describe, expect, test } from 'vitest';
import type { SignalCoverage } from '../../src/contract/coverage-query.js';
import type { QueryDuration } from '../../src/contract/query.js';
import { coverageMetrics } from '../../src/model/coverage-metrics.js';
import { serviceId } from '../../src/model/entity.js';
import { MetricCoverageQuery } from '../../src/query/signal-coverage/coverage-query.js';
import { definition, FakeStorage, minute, state, t0 } from './kit.js';

const hour = 60 * minute;
const range: QueryDuration = { step: 'minute', startMs: t0, endMs: t0 + 59 * minute };

class Bench {
  readonly storage = new FakeStorage();
  private readonly query = new MetricCoverageQuery(this.storage, this.storage, { points: 500, gateways: 1000, atOnce: 2 });

  constructor() {
    this.storage.define(...Object.values(coverageMetrics).map((name) => definition(name, { kind: 'sum' })));
  }

  gateway(name: string): this {
    const id = serviceId({ name, normal: true });
    this.storage.records.push({
      tenant: '', id, scope: 'Service', name, serviceId: id, instanceId: '', layers: ['ENVOY_AI_GATEWAY'], firstSeenMs: t0, lastSeenMs: t0, properties: {},
    });
    return this;
  }

  /** `counts`: signal or reason to requests and tokens, in the tenth minute unless told. */
  put(service: string, model: string, counts: Readonly<Record<string, readonly [requests: number, tokens?: number]>>, at = t0 + 10 * minute): this {
    const entityId = serviceId({ name: service, normal: true });
    for (const [word, [requests, tokens = 0]] of Object.entries(counts)) {
      const signal = ['metrics', 'logs', 'spans', '_overflow'].includes(word);
      const row = { entityId, at, labels: [['model', model], [signal ? 'signal' : 'reason', word]] as const };
      this.storage.put(signal ? coverageMetrics.requests : coverageMetrics.logOnly, state(requests), row);
      if (signal) this.storage.put(coverageMetrics.tokens, state(tokens), row);
    }
    return this;
  }

  ask(change: { readonly duration?: QueryDuration; readonly service?: string; readonly limit?: number } = {}): Promise<readonly SignalCoverage[]> {
    return this.query.coverage({ tenant: '', duration: range, limit: 100, ...change });
  }
}

/** `metrics 100/120 -0, …` */
function shown({ signals }: SignalCoverage): string {
  return signals.map(({ signal, sent, requests, tokens }) => (sent ? `${signal} ${requests.count}/${tokens.count} -${requests.missing}/-${tokens.missing}` : `${signal} not sent`)).join(', ');
}

describe('signals of one gateway', () => {
  test('that tell of the same agree to 100 percent', async () => {
    const all = [100, 12_000] as const;
    const [row, ...others] = await new Bench().gateway('edge').put('edge', 'gpt-4o', { metrics: all, logs: all, spans: all }).ask();
    expect(others).toEqual([]);
    expect(row?.signals.map(({ requests, tokens }) => [requests.percent, tokens.percent])).toEqual([[100, 100], [100, 100], [100, 100]]);
    expect(row).toMatchObject({ service: 'edge', model: 'gpt-4o', requests: 100, tokens: 12_000, missing: [] });
    expect(row?.explanation).toBe('metrics, logs and spans agree on 100 requests to gpt-4o at edge.');
  });

  test.each(['metrics', 'logs', 'spans'] as const)('one that lacks 28 of 100 is named with its gateway, model and share: %s', async (short) => {
    const counts = { metrics: [100, 12_000], logs: [100, 12_000], spans: [100, 12_000], [short]: [72, 8640] } as const;
    const [row] = await new Bench().gateway('edge').put('edge', 'gpt-4o', counts).ask();
    const others = ['metrics', 'logs', 'spans'].filter((signal) => signal !== short).join(' and ');
    expect(row?.missing).toEqual([short]);
    expect(row?.signals.find(({ signal }) => signal === short)).toMatchObject({
      sent: true, requests: { count: 72, missing: 28, percent: 72 }, tokens: { count: 8640, missing: 3360, percent: 72 },
    });
    expect(row?.explanation).toBe(
      `${short} miss 28 of 100 requests (28.0 %) to gpt-4o at edge; ${others} agree. ${short} miss 3360 of 12000 tokens (28.0 %).`,
    );
  });

  test.each<[string, Readonly<Record<string, readonly [number, number?]>>, string]>([
    ['two lack some', { metrics: [97, 10], logs: [100, 10], spans: [72, 10] },
      'metrics miss 3 of 100 requests (3.0 %) and spans miss 28 of 100 requests (28.0 %) to m at edge; logs have them all.'],
    ['one is not sent', { metrics: [100, 10], logs: [100, 10] }, 'metrics and logs agree on 100 requests to m at edge. spans are not sent at all.'],
    ['only one is sent', { metrics: [1, 10] },
      'Only metrics tell of 1 request to m at edge: there is nothing to compare them with. logs and spans are not sent at all.'],
    ['only tokens differ, in logs', { metrics: [1, 10], logs: [1, 0] },
      'metrics and logs agree on 1 request to m at edge. logs miss 10 of 10 tokens (100.0 %). spans are not sent at all. Access logs have tokens only when the route says llmRequestCosts.'],
    ['only tokens differ, in spans', { metrics: [1, 10], logs: [1, 10], spans: [1, 4] },
      'metrics, logs and spans agree on 1 request to m at edge. spans miss 6 of 10 tokens (60.0 %). Spans of some requests have no tokens: in the gen_ai vocabulary those of streamed /v1/responses, reranking and audio.'],
  ])('%s', async (_what, counts, explanation) => {
    const [row] = await new Bench().gateway('edge').put('edge', 'm', counts).ask();
    expect(row?.explanation).toBe(explanation);
  });

  test.each([Infinity, -Infinity, NaN, -1, 1e308, 1e16])('a count of %d is left out and said, and the rest is compared', async (wrong) => {
    const bench = new Bench().gateway('edge').put('edge', 'm', { metrics: [3, 10], logs: [3, 10] });
    const [row, ...others] = await bench.put('edge', 'm', { metrics: [wrong, wrong] }, t0 + 11 * minute).ask();
    expect(others).toEqual([]);
    expect(row?.signals[0]).toEqual({ signal: 'metrics', sent: true, requests: { count: 3, missing: 0, percent: 100 }, tokens: { count: 10, missing: 0, percent: 100 } });
    expect(row?.explanation).toContain('2 counts of this gateway cannot be true and were left out.');
  });

  test('sums stop at what every client can read', async () => {
    const bench = new Bench().gateway('edge');
    for (const at of [1, 2, 3]) bench.put('edge', 'm', { logs: [2 ** 53 - 1, 2 ** 53 - 1], metrics: [1, 1] }, t0 + at * minute);
    const [row] = await bench.ask();
    expect([row?.requests, row?.tokens, row?.signals[1]?.tokens.count]).toEqual([2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1]);
    expect(row?.signals[0]?.requests.percent).toBeGreaterThan(0);
  });

  test('a model that only spans know may have another name in the others', async () => {
    const bench = new Bench().gateway('edge').put('edge', 'gpt-4o', { metrics: [10], logs: [10] }).put('edge', 'gpt-4o-2024-08-06', { spans: [10] });
    const explanations = (await bench.ask()).map(({ explanation }) => explanation);
    expect(explanations).toContain(
      'metrics miss 10 of 10 requests (100.0 %) and logs miss 10 of 10 requests (100.0 %) to gpt-4o-2024-08-06 at edge; spans have them all. '
      + 'Only spans know gpt-4o-2024-08-06: a span that hides its parameters names the model that answered, not the one asked for.',
    );
  });

  test('a signal that is sent for another model is missing here, not "not sent"', async () => {
    const bench = new Bench().gateway('edge').put('edge', 'a', { metrics: [1], logs: [1], spans: [1] }).put('edge', 'b', { metrics: [2], logs: [2] });
    expect((await bench.ask()).map(shown)).toEqual(['metrics 2/0 -0/-0, logs 2/0 -0/-0, spans 0/0 -2/-0', 'metrics 1/0 -0/-0, logs 1/0 -0/-0, spans 1/0 -0/-0']);
  });

  test('requests of the first and last minute may be counted outside of the range by another signal', async () => {
    const bench = new Bench().gateway('edge').put('edge', 'm', { metrics: [3], logs: [4] }, t0).put('edge', 'm', { metrics: [1], logs: [5], no_backend: [3] }, t0 + 59 * minute);
    const [row] = await bench.put('edge', 'm', { metrics: [50], logs: [50] }).ask();
    expect(row?.atBorder).toBe(6);
    expect(row?.explanation).toContain('6 requests lie in the first or last minute of the range: metrics are counted when they are pushed, and may lie outside of it.');
  });

  test('what is beyond the limit of label sets is said', async () => {
    const bench = new Bench().gateway('edge').put('edge', 'm', { metrics: [3], logs: [4] }).put('edge', '_overflow', { _overflow: [12] });
    const rows = await bench.ask();
    expect(rows.map(({ model }) => model)).toEqual(['m']);
    expect(rows[0]?.explanation).toContain('12 requests of this gateway are beyond the limit of label sets and counted for no model.');
  });

  test('streams that live and do not move tell of nothing', async () => {
    expect(await new Bench().gateway('edge').put('edge', 'm', { metrics: [0], logs: [0] }).ask()).toEqual([]);
  });
});

const logOnlyRows: readonly (readonly [what: string, counts: Readonly<Record<string, readonly [number, number?]>>, explanation: string])[] = [
  ['logs alone know of failures', { metrics: [90, 10], logs: [100, 10], spans: [90, 10], no_backend: [7], unfinished: [3] },
    'metrics, logs and spans agree on 90 requests to m at edge. Only access logs tell of another 10 requests: 7 reached no backend, 3 ended before the answer did.'],
  ['logs alone know of failures, spans lack others', { metrics: [80, 10], logs: [100, 10], spans: [58, 10], no_backend: [20] },
    'spans miss 22 of 80 requests (27.5 %) to m at edge; metrics and logs agree. Only access logs tell of another 20 requests: 20 reached no backend.'],
  ['logs alone know of failures, and of more', { metrics: [90, 10], logs: [100, 10], spans: [90, 10], no_backend: [7], unfinished: [2] },
    'metrics miss 1 of 91 requests (1.1 %) and spans miss 1 of 91 requests (1.1 %) to m at edge; logs have them all. '
    + 'Only access logs tell of another 9 requests: 7 reached no backend, 2 ended before the answer did.'],
  ['logs and spans, one failure', { logs: [2, 10], spans: [1, 10], no_backend: [1] },
    'logs and spans agree on 1 request to m at edge. metrics are not sent at all. Only access logs tell of another 1 request: 1 reached no backend.'],
  ['nothing but failures that logs alone know of, of a gateway that sends all signals', { logs: [10], no_backend: [10] },
    'No signal but logs can tell of the requests to m at edge. Only access logs tell of 10 requests: 10 reached no backend.'],
  ['what another signal tells of ended after all', { metrics: [100, 10], logs: [100, 10], spans: [72, 10], unfinished: [100] },
    'spans miss 28 of 100 requests (28.0 %) to m at edge; metrics and logs agree.'],
  ['answers without tokens are not unfinished where logs have no tokens', { logs: [100, 0], spans: [72, 10], unfinished: [100] },
    'spans miss 28 of 100 requests (28.0 %) to m at edge; logs have them all. logs miss 10 of 10 tokens (100.0 %). metrics are not sent at all. '
    + 'Access logs have tokens only when the route says llmRequestCosts.'],
  ['answers without tokens are unfinished where none has any, of a gateway that sends all signals', { metrics: [0], logs: [5], spans: [0], unfinished: [5] },
    'No signal but logs can tell of the requests to m at edge. Only access logs tell of 5 requests: 5 ended before the answer did.'],
  ['what logs alone know of may hide a loss of logs', { metrics: [99, 10], logs: [100, 10], no_backend: [7] },
    'metrics and logs agree on 99 requests to m at edge. spans are not sent at all. Only access logs tell of another 1 request: 1 reached no backend. '
    + 'Of those that reached no backend by their logs, others tell of 6, or logs miss as many.'],
  ['logs that lack some explain nothing', { metrics: [100, 10], logs: [72, 10], no_backend: [5] },
    'logs miss 28 of 100 requests (28.0 %) to m at edge; metrics have them all. spans are not sent at all. '
    + 'Of those that reached no backend by their logs, others tell of 5, or logs miss as many.'],
  ['logs alone compare with nothing, failures and all', { logs: [100, 10], no_backend: [20] },
    'Only logs tell of 100 requests to m at edge: there is nothing to compare them with. metrics and spans are not sent at all.'],
];

describe('requests that only access logs can tell of', () => {
  test.each(logOnlyRows)('%s', async (what, counts, explanation) => {
    const bench = new Bench().gateway('edge').put('edge', 'm', counts);
    if (what.endsWith('that sends all signals')) bench.put('edge', 'other', { metrics: [1, 1], logs: [1, 1], spans: [1, 1] });
    const row = (await bench.ask()).find(({ model }) => model === 'm');
    expect(row?.explanation).toBe(explanation);
  });

  test('requests that reached no backend are missing in none, and logs alone count them', async () => {
    const bench = new Bench().gateway('edge').put('edge', 'm', { metrics: [80, 10], logs: [100, 10], spans: [80, 10], no_backend: [20] });
    const rows = await bench.put('edge', 'nonexistent', { logs: [10], no_backend: [10] }).ask();
    expect(rows.map(({ model, requests, missing, noBackend }) => [model, requests, missing, noBackend])).toEqual([['m', 80, [], 20], ['nonexistent', 0, [], 10]]);
    expect(rows.map(shown)).toEqual(['metrics 80/10 -0/-0, logs 100/10 -0/-0, spans 80/10 -0/-0', 'metrics 0/0 -0/-0, logs 10/0 -0/-0, spans 0/0 -0/-0']);
    for (const { signals } of rows) expect(signals.map(({ requests }) => requests.percent)).toEqual([100, 100, 100]);
  });
});

describe('the query', () => {
  test('answers those that miss most first, and no more than asked', async () => {
    const bench = new Bench().gateway('a').gateway('b').gateway('c');
    bench.put('a', 'fine', { metrics: [500, 5], logs: [500, 5] }).put('a', 'tokens', { metrics: [1, 90], logs: [1, 10] });
    bench.put('b', 'few', { metrics: [3], logs: [1] }).put('c', 'most', { metrics: [10], logs: [90] }).put('c', 'also fine', { metrics: [500], logs: [500] });
    expect((await bench.ask()).map(({ service, model }) => `${service} ${model}`)).toEqual(['c most', 'b few', 'a tokens', 'a fine', 'c also fine']);
    expect((await bench.ask({ limit: 2 })).map(({ model }) => model)).toEqual(['most', 'few']);
    expect(bench.storage.reads.map(({ entityIds }) => entityIds.length)).toEqual([2, 1, 2, 1]);
  });

  test('asks for one gateway only when it is named, also one that is not known as a gateway', async () => {
    const bench = new Bench().gateway('a').put('a', 'm', { metrics: [1] }).put('stranger', 'm', { logs: [2] });
    expect((await bench.ask({ service: 'stranger' })).map(({ service, requests }) => [service, requests])).toEqual([['stranger', 2]]);
    expect(await bench.ask({ service: 'nobody' })).toEqual([]);
    expect(bench.storage.entityReads).toBe(0);
  });

  test('reads at the step asked, seconds as minutes, and only the range', async () => {
    const bench = new Bench().gateway('a').put('a', 'm', { metrics: [1] }, t0 - minute).put('a', 'm', { metrics: [2] }, t0 + hour);
    expect(await bench.ask()).toEqual([]);
    await bench.ask({ duration: { step: 'second', startMs: t0 + 1000, endMs: t0 + minute } });
    await bench.ask({ duration: { step: 'day', startMs: t0, endMs: t0 } });
    expect(bench.storage.reads.map(({ step, fromMs, toMs }) => [step, (fromMs - t0) / minute, (toMs - t0) / minute])).toEqual([
      ['minute', 0, 60], ['minute', 0, 2], ['day', 0, 24 * 60],
    ]);
  });

  test('refuses a range without points, and one with too many', async () => {
    for (const endMs of [t0 - minute, t0 + 1000 * minute, NaN]) {
      await expect(new Bench().ask({ duration: { step: 'minute', startMs: t0, endMs } })).rejects.toMatchObject({ code: 'METERLARK_QUERY_RANGE' });
    }
  });

  test('rejects with the store’s own fault', async () => {
    const bench = new Bench().gateway('a');
    bench.storage.fault = new Error('away');
    await expect(bench.ask()).rejects.toThrow('away');
  });
});
