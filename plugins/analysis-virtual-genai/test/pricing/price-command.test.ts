import { describe, expect, test } from 'vitest';
import { priceCommand } from '../../src/pricing/price-command.js';
import { acme, bookOf, top } from './books.js';

const models =
  '  m:\n    aliases: [m-one]\n    prices:\n      - { from: 2025-01-01, input: 1, output: 1 }\n' +
  '      - { from: 2026-01-01, input: 3, cacheRead: 0.3, output: 15, above: [{ tokens: 200000, input: 6, cacheRead: 0.6, output: 22.5 }], tiers: { batch: { times: 0.5 } } }\n  e: { input: 0.02 }\n';
const command = priceCommand({ open: async () => acme(models, 'strip: [acme/]\n'), now: () => Date.parse('2026-06-01T00:00:00Z') });
const run = (words: string[], options: Record<string, string | boolean> = {}) => command.run({ words, options });

describe('meterlark price', () => {
  test('explains a price step by step, and every amount', async () => {
    const { text, json, found } = await run(['acme/m-2026-01-15'], { input: '1000', 'cache-read': '400', output: '50', reasoning: '20', provider: 'acme' });
    expect(text.split('\n')).toEqual([
      'acme/m-2026-01-15',
      '  1. the provider acme is served by acme',
      '  2. acme: took "acme/" off the beginning',
      '  3. acme: "m-2026-01-15" is the model m (without the version -2026-01-15, by -YYYY-MM-DD; f0.yaml:6)',
      '  4. at 2026-06-01T00:00:00.000Z: the price since 2026-01-01',
      '  5. service tier: standard, none was named',
      '  6. context: 1000 input tokens, cached ones included; other prices above 200000',
      '  prices in USD per million tokens: input 3, cacheRead 0.3, output 15',
      '  source: https://acme.test/prices, read 2026-01-02',
      '  input: 600 tokens × 3 / 1M = 0.0018 USD',
      '  cacheRead: 400 tokens × 0.3 / 1M = 0.00012 USD',
      '  output: 50 tokens × 15 / 1M = 0.00075 USD',
      '  total: 0.00267 USD',
      '',
    ]);
    expect(json).toMatchObject({ totalUsd: '0.00267', totalPicodollars: 2_670_000_000, priceVersion: 'acme/m@2026-01-01' });
    expect([found, command.needsStore]).toEqual([false, false]);
  });

  test('shows the tier of context and of service, and the price of another day', async () => {
    const long = await run(['m'], { input: '200001', 'cache-read': '200001', output: '1', tier: 'batch' });
    expect(long.text).toContain('service tier: batch');
    expect(long.text).toContain('above 200000: batch, above 200000 input tokens, for all tokens of the request');
    expect(long.json).toMatchObject({ totalPicodollars: 200_001 * 300_000 + 11_250_000 });
    expect((await run(['m'], { at: '2025-06-01' })).text).toContain('the price since 2025-01-01, until another at 2026-01-01');
    expect((await run(['m'], { at: '2024-06-01', input: '1', output: '1' })).text).toMatch(/no price that early, the first is of 2025-01-01\n[^]*total: unknown/);
  });

  test('an unknown model, class or tier is unknown, never 0', async () => {
    expect((await run(['x'], { input: '1', output: '1' })).text).toMatch(/no file knows "x"\n[^]*the cost is unknown, not 0\n[^]*total: unknown/);
    const read = await run(['m'], { input: '5', 'cache-read': '5', output: '1', at: '2025-06-01' });
    expect(read.text).toMatch(/cacheRead: 5 tokens × no price = unknown\n[^]*total: unknown/);
    expect(read.json).toMatchObject({ totalUsd: null, totalPicodollars: null });
    expect((await run(['m'], { tier: 'flex' })).text).toContain('service tier flex: no price is known for it (known: batch)');
  });

  test('without tokens it shows the prices alone; an embedding has no output', async () => {
    expect((await run(['m'])).text).not.toContain('total');
    expect((await run(['e'], { input: '8' })).text).toContain('total: 0.00000016 USD');
  });

  test.each([
    [[], {}, 'name a model'], [['a', 'b'], {}, 'one model at a time'], [['m'], { input: 'many' }, '--input must be a number of tokens, not many'],
    [['m'], { output: '-1' }, '--output must be'], [['m'], { at: 'noon' }, '--at must be'], [['m'], { list: true }, '--list takes no m'],
  ])('%j with %j is refused', async (words, options, reason) => {
    await expect(run(words, options as Record<string, string | boolean>)).rejects.toThrow(reason);
  });

  test('lists all prices with source and date', async () => {
    const book = bookOf([[`${top}models:\n${models}`]]);
    const { text, json } = await priceCommand({ open: async () => book, now: () => 0 }).run({ words: [], options: { list: true } });
    expect(text).toMatch(/acme +m +2026-01-01 +input 3, cacheRead 0\.3, output 15 +2026-01-02 +https:\/\/acme\.test\/prices\n/);
    expect(text).toContain('2 models\n');
    expect(json).toHaveLength(3);
    expect((json as unknown[])[0]).toMatchObject({ model: 'm', from: '2026-01-01', above: [{ tokens: 200_000, input: '6' }], tiers: { batch: { input: '1.5' } }, file: 'f0.yaml:5' });
  });
});
