/** Issue: the cost of a stored day equals a reference computed here, to the picodollar, before and after re-pricing. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Commands, type CommandResult } from '@meterlark/core';
import { afterAll, describe, expect, test } from 'vitest';
import { breakdown, callsOf, metric, settle } from './questions.js';
import { sendOtlp, type SentSpan } from './senders.js';
import { startServer, temporaryFolder, type RunningServer } from './support.js';

/** USD per million tokens as they are published, in picodollars a token: one dollar a million is 10^6 of them. */
type Prices = Readonly<Record<'input' | 'cacheRead' | 'output', bigint>>;
const before: Readonly<Record<string, Prices>> = {
  'gpt-4o': { input: 2_500_000n, cacheRead: 1_250_000n, output: 10_000_000n },
  'gpt-4.1-mini': { input: 400_000n, cacheRead: 100_000n, output: 1_600_000n },
  'gpt-4o-mini': { input: 150_000n, cacheRead: 75_000n, output: 600_000n },
};
/** What the file below says: one model is dearer, one that had no price has one. */
const after: typeof before = {
  ...before,
  'gpt-4o': { input: 2_345_678n, cacheRead: 1_234_567n, output: 9_876_543n },
  'house-model': { input: 10_001n, cacheRead: 10_001n, output: 20_003n },
};
const ourPrices = `provider: openai
source: https://example.com/contract
read: 2026-11-01
models:
  gpt-4o: { input: 2.345678, cacheRead: 1.234567, output: 9.876543 }
  house-model: { input: 0.010001, cacheRead: 0.010001, output: 0.020003 }
`;

interface Usage {
  readonly model: string;
  readonly input: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** Seeded, so that a failure comes again. */
function usages(count: number): Usage[] {
  let state = 7;
  const below = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit;
  const models = ['gpt-4o', 'gpt-4.1-mini', 'gpt-4o-mini', 'house-model'];
  return Array.from({ length: count }, () => {
    const input = 1 + below(200_000);
    return { model: models[below(models.length)]!, input, cacheRead: below(input), output: below(16_000) };
  });
}

const calls = usages(400);

/** Decimal dollars per model; null when no price is known. */
function reference(book: typeof before): Readonly<Record<string, string | null>> {
  const sums = new Map<string, bigint | null>();
  for (const { model, input, cacheRead, output } of calls) {
    const prices = book[model];
    const cost = prices === undefined ? null : BigInt(input - cacheRead) * prices.input + BigInt(cacheRead) * prices.cacheRead + BigInt(output) * prices.output;
    sums.set(model, cost === null ? null : (sums.get(model) ?? 0n) + cost);
  }
  return Object.fromEntries([...sums].map(([model, sum]) => [model, sum === null ? null : dollars(sum)]));
}

function dollars(picodollars: bigint): string {
  const text = picodollars.toString().padStart(13, '0');
  return `${text.slice(0, -12)}.${text.slice(-12)}`.replace(/\.?0+$/, '');
}

function spans(nowMs: number): SentSpan[] {
  return calls.map(({ model, input, cacheRead, output }, index) => ({
    traceId: (index + 1).toString(16).padStart(32, 'e'), spanId: (index + 1).toString(16).padStart(16, 'f'), startMs: nowMs + (index % 50), durationMs: 10,
    attributes: {
      'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.response.model': model,
      'gen_ai.usage.input_tokens': input, 'gen_ai.usage.cache_read.input_tokens': cacheRead, 'gen_ai.usage.output_tokens': output,
    },
  }));
}

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the cost of a stored day', () => {
  // In one minute, so that the metrics of a minute are those of all calls; not in the future.
  const nowMs = Math.floor((Date.now() - 2_000) / 60_000) * 60_000;
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const dataFolder = join(folder, 'data');
  const book = join(folder, 'ours.yaml');

  const start = (files: readonly string[]): Promise<RunningServer> =>
    startServer({ storage: 'clickhouse', dataFolder, settings: { 'analysis/virtual-genai': { pricing: { files } } } });
  const costs = async (server: RunningServer) =>
    Object.fromEntries((await breakdown(server, nowMs, ['model'], ['costUsd'])).map(({ model, costUsd }) => [model, costUsd]));
  const reprice = (server: RunningServer, options: object = {}): Promise<CommandResult> => {
    const command = server.host.all(Commands).flat().find(({ name }) => name === 'reprice');
    if (command === undefined) throw new Error('there is no command reprice');
    return command.run({ words: [], options: { from: day, to: day, ...options } });
  };
  const microdollars = (book: typeof before, model: string): number => Number(reference(book)[model]) * 1e6;
  const measured = (server: RunningServer, name: string, model: string) =>
    metric(server, nowMs, name, { serviceName: 'openai', normal: false, serviceInstanceName: model }).then((values) => values['']);

  test('is the sum of what its tokens cost, to the picodollar', async () => {
    const server = await start(['config/pricing']);
    await sendOtlp(server, { service: 'shop' }, spans(nowMs));
    await settle(server);
    expect(await costs(server)).toEqual(reference(before));
    expect(await measured(server, 'gen_ai_model_total_estimated_cost', 'gpt-4o')).toBeCloseTo(microdollars(before, 'gpt-4o'), 2);
    expect(await measured(server, 'gen_ai_model_unpriced_calls', 'house-model')).toBe(calls.filter(({ model }) => model === 'house-model').length);
    await server.stop();
  });

  test('follows the book when it is priced anew, with the metrics; a dry run and a second run change nothing', async () => {
    writeFileSync(book, ourPrices);
    const server = await start(['config/pricing', book]);
    const dry = await reprice(server, { 'dry-run': true });
    expect(await costs(server)).toEqual(reference(before));
    const done = await reprice(server);
    const [was, is] = [reference(before), reference(after)];
    expect(await costs(server)).toEqual(is);
    expect(dry.text).toContain('gpt-4o');
    expect(JSON.stringify(done.json)).toContain(String(was['gpt-4o']));
    expect(JSON.stringify(done.json)).toContain(String(is['gpt-4o']));
    for (const model of ['gpt-4o', 'house-model', 'gpt-4.1-mini']) {
      expect(await measured(server, 'gen_ai_model_total_estimated_cost', model)).toBeCloseTo(microdollars(after, model), 2);
      expect(await measured(server, 'gen_ai_model_call_cpm', model)).toBe(calls.filter((call) => call.model === model).length);
    }
    expect(await measured(server, 'gen_ai_model_unpriced_calls', 'house-model')).toBe(0);
    const revisions = await callsOf(server, nowMs, { model: 'gpt-4o' });
    expect(new Set(revisions.map(({ revision }) => revision))).toEqual(new Set([1]));
    await reprice(server);
    expect(await costs(server)).toEqual(is);
    expect(await measured(server, 'gen_ai_model_total_estimated_cost', 'gpt-4o')).toBeCloseTo(microdollars(after, 'gpt-4o'), 2);
    expect(new Set((await callsOf(server, nowMs, { model: 'gpt-4o' })).map(({ revision }) => revision))).toEqual(new Set([1]));
    await server.stop();
  });
});
