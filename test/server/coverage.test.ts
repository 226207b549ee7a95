/** Issue: the same traffic told by metrics, logs and spans is compared, and what one of them lacks is named. */
import { createHash } from 'node:crypto';
import { MetadataQuery } from '@meterlark/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../demo/client.js';
import { sendHistograms } from './gateway-metrics.js';
import { settle } from './questions.js';
import { accessLog, sendLogs, sendOtlp, type SentSpan, type Tags } from './senders.js';
import { startServer, storages, type RunningServer } from './support.js';

const minuteMs = 60_000;
/** Everything ends within one minute that is over, well inside of the hour that is asked for. */
const startMs = Math.floor(Date.now() / minuteMs) * minuteMs - 10 * minuteMs;
const models = ['gpt-4o', 'claude-sonnet-4'] as const;
type Signal = 'metrics' | 'logs' | 'spans';

interface Call {
  readonly id: number;
  readonly model: (typeof models)[number];
  readonly input: number;
  readonly output: number;
  readonly startMs: number;
}

/** 100 calls of each model. */
const calls: readonly Call[] = Array.from({ length: 200 }, (_, id) => ({
  id, model: models[id % 2] ?? 'gpt-4o', input: 100 + id, output: 10 + (id % 7), startMs: startMs + 100 * id,
}));

interface Asked {
  readonly service: string;
  readonly model: string;
  readonly requests: number;
  readonly tokens: number;
  readonly missing: readonly string[];
  readonly explanation: string;
  readonly signals: readonly { readonly signal: string; readonly sent: boolean; readonly requests: Share; readonly tokens: Share }[];
}
interface Share {
  readonly count: number;
  readonly missing: number;
  readonly percent: number;
}

async function coverageOf(server: RunningServer, service: string): Promise<readonly Asked[]> {
  await settle(server);
  const text = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ').replace(':', '');
  const share = '{ count missing percent }';
  const query = `query ($d: Duration!, $s: String) { signalCoverage(duration: $d, service: $s) {
    service model requests tokens missing explanation signals { signal sent requests ${share} tokens ${share} } } }`;
  const duration = { start: text(startMs - 20 * minuteMs), end: text(startMs + 9 * minuteMs), step: 'MINUTE' };
  return (await graphql<{ signalCoverage: Asked[] }>(server.httpUrl, query, { d: duration, s: service })).signalCoverage;
}

/** The metrics of its extproc: cumulative histograms by model that was asked for, pushed at the end of the minute. */
async function tellMetrics(server: RunningServer, service: string, told: readonly Call[]): Promise<void> {
  const counted = (among: readonly Call[]) => models.flatMap((model) => {
    const own = among.filter((call) => call.model === model);
    const named: Tags = { 'gen_ai.operation.name': 'chat', 'gen_ai.original.model': model, 'gen_ai.request.model': `${model}-override`, 'gen_ai.response.model': `${model}-2026` };
    const sum = (of: (call: Call) => number): number => own.reduce((all, call) => all + of(call), 0);
    const usage = (type: string, total: number) => ({ metric: 'gen_ai.client.token.usage', attributes: { ...named, 'gen_ai.token.type': type }, count: own.length, sum: total });
    return [
      { metric: 'gen_ai.server.request.duration', attributes: named, count: own.length, sum: own.length * 0.85 },
      // Classes of the input and of the output: they must not be added to them.
      usage('input', sum(({ input }) => input)), usage('output', sum(({ output }) => output)), usage('cached_input', sum(({ input }) => input / 2)), usage('reasoning', sum(({ output }) => output)),
    ];
  });
  const half = told.slice(0, told.length / 2);
  const window = { startMs: startMs - 60 * minuteMs };
  const sender = { service, scope: 'envoyproxy/ai-gateway', resource: { job_name: 'envoy-ai-gateway', 'service.instance.id': 'extproc-1' } };
  await sendHistograms(server, sender, { ...window, timeMs: startMs - 5000 }, counted([]));
  await sendHistograms(server, sender, { ...window, timeMs: startMs + 25_000 }, counted(half));
  await sendHistograms(server, sender, { ...window, timeMs: startMs + 55_000 }, counted(told));
}

async function tellLogs(server: RunningServer, service: string, told: readonly Call[]): Promise<void> {
  const lines = told.map(({ id, model, input, output, startMs: timeMs }) => {
    const tokens = { 'gen_ai.usage.input_tokens': String(input), 'gen_ai.usage.output_tokens': String(output), 'gen_ai.usage.reasoning_tokens': String(output) };
    return accessLog({ model, ...tokens, 'gen_ai.response.model': `${model}-2026`, 'x-request-id': `${service}-${id}` }, { timeMs });
  });
  await sendLogs(server, { service, resource: { 'service.layer': 'ENVOY_AI_GATEWAY' } }, lines);
}

async function tellSpans(server: RunningServer, service: string, told: readonly Call[], otel: boolean): Promise<void> {
  const spans = told.map(({ id, model, input, output, startMs: timeMs }): SentSpan => {
    const openInference = {
      'openinference.span.kind': 'LLM', 'llm.model_name': `${model}-2026`, 'llm.invocation_parameters': JSON.stringify({ model, temperature: 0.2 }),
      'llm.token_count.prompt': input, 'llm.token_count.completion': output, 'llm.token_count.total': input + output,
    };
    const genAi = {
      'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model, 'gen_ai.response.model': `${model}-2026`, 'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
    };
    const traceId = createHash('md5').update(`${service} ${id}`).digest('hex');
    return { traceId, spanId: traceId.slice(16), name: 'ChatCompletion', kind: 'internal', startMs: timeMs, durationMs: 850, attributes: otel ? genAi : openInference };
  });
  await sendOtlp(server, { service, scope: 'envoyproxy/ai-gateway' }, spans);
}

/** What is left when 28 of every 100 calls of one model are withheld. */
function withheld(of: (typeof models)[number]): readonly Call[] {
  let seen = 0;
  return calls.filter(({ model }) => model !== of || (seen += 1) > 28);
}

async function tell(server: RunningServer, service: string, told: Partial<Record<Signal, readonly Call[]>>, otel = false): Promise<void> {
  if (told.metrics !== undefined) await tellMetrics(server, service, told.metrics);
  if (told.logs !== undefined) await tellLogs(server, service, told.logs);
  if (told.spans !== undefined) await tellSpans(server, service, told.spans, otel);
}

const tokensOf = (among: readonly Call[], model: string): number =>
  among.filter((call) => call.model === model).reduce((all, { input, output }) => all + input + output, 0);

describe.each(storages)('on %s', (storage) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ storage });
  });
  afterAll(() => server.stop());

  test.each([['openinference', false], ['gen_ai', true]] as const)('the same traffic told three ways agrees to 100 percent: spans in %s', async (vocabulary, otel) => {
    const service = `agreeing-${vocabulary}`;
    await tell(server, service, { metrics: calls, logs: calls, spans: calls }, otel);
    const rows = await coverageOf(server, service);
    expect(rows.map(({ model, requests, tokens }) => [model, requests, tokens])).toEqual(expect.arrayContaining(models.map((model) => [model, 100, tokensOf(calls, model)])));
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row.signals.map(({ sent, requests, tokens }) => [sent, requests.percent, tokens.percent])).toEqual([[true, 100, 100], [true, 100, 100], [true, 100, 100]]);
      expect(row.explanation).toBe(`metrics, logs and spans agree on 100 requests to ${row.model} at ${service}.`);
    }
  });

  test.each(['metrics', 'logs', 'spans'] as const)('28 percent withheld from %s: that signal, the gateway and the model are named', async (short) => {
    const service = `short-of-${short}`;
    const few = withheld('claude-sonnet-4');
    await tell(server, service, { metrics: calls, logs: calls, spans: calls, [short]: few });
    const [row, other] = await coverageOf(server, service);
    const all = tokensOf(calls, 'claude-sonnet-4');
    const missingTokens = all - tokensOf(few, 'claude-sonnet-4');
    expect(row).toMatchObject({ service, model: 'claude-sonnet-4', requests: 100, tokens: all, missing: [short] });
    const found = row?.signals.find(({ signal }) => signal === short);
    expect(found).toMatchObject({ sent: true, requests: { count: 72, missing: 28, percent: 72 }, tokens: { missing: missingTokens } });
    const others = ['metrics', 'logs', 'spans'].filter((signal) => signal !== short).join(' and ');
    expect(row?.explanation).toContain(`${short} miss 28 of 100 requests (28.0 %) to claude-sonnet-4 at ${service}; ${others} agree.`);
    expect(row?.explanation).toContain(`${short} miss ${missingTokens} of ${all} tokens`);
    expect(other).toMatchObject({ model: 'gpt-4o', missing: [] });
  });

  test('a signal that nobody sends is not sent, which is no loss', async () => {
    await tell(server, 'without-spans', { metrics: calls, logs: calls });
    const [row] = await coverageOf(server, 'without-spans');
    expect(row?.missing).toEqual([]);
    expect(row?.signals.map(({ sent }) => sent)).toEqual([true, true, false]);
    expect(row?.explanation).toContain('metrics and logs agree on 100 requests');
    expect(row?.explanation).toContain('spans are not sent at all.');
  });

  test('logs and spans that are sent again count once', async () => {
    await tell(server, 'repeating', { metrics: calls, logs: calls, spans: calls });
    await tell(server, 'repeating', { logs: calls, spans: calls });
    for (const row of await coverageOf(server, 'repeating')) expect(row.explanation).toContain('metrics, logs and spans agree on 100 requests');
  });

  test('requests that reached no backend are in the logs alone, and the explanation says so', async () => {
    const service = 'no-route';
    await tell(server, service, { metrics: calls, logs: calls, spans: calls });
    const lost = Array.from({ length: 7 }, (_, id) => accessLog({ model: 'gpt-4o', code: '404', upstream_host: '-', 'x-request-id': `lost-${id}` }, { timeMs: startMs + id }));
    await sendLogs(server, { service, resource: { 'service.layer': 'ENVOY_AI_GATEWAY' } }, lost);
    const rows = await coverageOf(server, service);
    expect(rows.flatMap(({ missing }) => missing)).toEqual([]);
    const row = rows.find(({ model }) => model === 'gpt-4o');
    expect([row?.requests, row?.signals.map(({ requests }) => [requests.count, requests.percent])]).toEqual([100, [[100, 100], [107, 100], [100, 100]]]);
    expect(row?.explanation).toBe(
      `metrics, logs and spans agree on 100 requests to gpt-4o at ${service}. Only access logs tell of another 7 requests: 7 reached no backend.`,
    );
  });

  test('numbers that cannot be read break nothing, and what they count is left out', async () => {
    const service = 'faulty';
    await tell(server, service, { metrics: calls, logs: calls, spans: calls });
    const lines = ['1e308', '0x10', '1.5', '9'.repeat(400)].map((wrong, id) =>
      accessLog({ model: 'gpt-4o', 'gen_ai.usage.input_tokens': wrong, 'gen_ai.usage.output_tokens': '-', duration: wrong, 'x-request-id': `wrong-${id}` }, { timeMs: startMs + id }),
    );
    await sendLogs(server, { service, resource: { 'service.layer': 'ENVOY_AI_GATEWAY' } }, lines);
    const row = (await coverageOf(server, service)).find(({ model }) => model === 'gpt-4o');
    const counts = row?.signals.map(({ requests, tokens }) => [requests.count, tokens.count]);
    expect(counts?.[1]).toEqual([104, counts?.[0]?.[1]]);
  });

  test('the metrics are defined once, alike by rules and by what counts logs and spans', async () => {
    const defined = await server.host.get(MetadataQuery).metric('meter_envoy_ai_gw_coverage_requests');
    expect(defined).toMatchObject({ kind: 'sum', scope: 'Service', form: 'plain', factor: 1, precision: 'integer', windowMinutes: 1, labels: ['model', 'signal'] });
    expect(defined).toMatchObject({ layer: 'ENVOY_AI_GATEWAY', unit: 'requests', origin: expect.stringContaining('gateway-coverage.yaml') as string });
  });
});
