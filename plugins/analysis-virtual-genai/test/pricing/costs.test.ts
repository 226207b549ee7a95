import { describe, expect, test } from 'vitest';
import type { TokenUsage } from '@meterlark/core';
import { acme, bookOf, request, tokens, top } from './books.js';

const full = '  m: { input: 3, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6, output: 15, reasoning: 20, audioInput: 40, audioOutput: 80 }\n';

/** The same sum, in whole numbers of any size. */
function reference(usage: TokenUsage): bigint {
  const n = (value: number | undefined): bigint => BigInt(value ?? 0);
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, audioInput, audioOutput } = usage;
  const plain = n(input) - n(cacheRead) - n(cacheWrite5m) - n(cacheWrite1h) - n(audioInput);
  const said = n(output) - n(reasoning) - n(audioOutput);
  return (
    plain * 3_000_000n + n(cacheRead) * 300_000n + n(cacheWrite5m) * 3_750_000n + n(cacheWrite1h) * 6_000_000n +
    said * 15_000_000n + n(reasoning) * 20_000_000n + n(audioInput) * 40_000_000n + n(audioOutput) * 80_000_000n
  );
}

describe('cost of a call', () => {
  test('counts every token once, class by class', () => {
    const usage = tokens({ input: 1000, cacheRead: 400, cacheWrite5m: 100, cacheWrite1h: 50, audioInput: 30, output: 500, reasoning: 200, audioOutput: 20 });
    expect(acme(full).price(request({ usage }))).toEqual({
      source: 'computed', total: Number(reference(usage)),
      input: 420 * 3_000_000, cacheRead: 400 * 300_000, cacheWrite: 100 * 3_750_000 + 50 * 6_000_000, output: 280 * 15_000_000,
      reasoning: 200 * 20_000_000, audio: 30 * 40_000_000 + 20 * 80_000_000, priceVersion: 'acme/m', tier: 'standard',
    });
  });

  test('equals exact arithmetic for ten thousand calls', () => {
    const book = acme(full);
    let seed = 42;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let index = 0; index < 10_000; index += 1) {
      const part = (): number => random(50_000);
      const [cacheRead, cacheWrite5m, cacheWrite1h, audioInput, reasoning, audioOutput] = [part(), part(), part(), part(), part(), part()];
      const usage = {
        cacheRead, cacheWrite5m, cacheWrite1h, audioInput, reasoning, audioOutput,
        input: cacheRead + cacheWrite5m + cacheWrite1h + audioInput + part(), output: reasoning + audioOutput + part(),
      };
      expect(BigInt(book.price(request({ usage })).total ?? -1)).toBe(reference(usage));
    }
  });

  test('of eight embedded tokens is not rounded to nothing', () => {
    const book = acme('  e: { input: 0.02 }\n');
    expect(book.price(request({ model: 'e', operation: 'embeddings', tokens: { input: 8 } }))).toMatchObject({ source: 'computed', total: 160_000, input: 160_000, output: undefined });
  });

  test('never charges twice when the parts say more than the whole', () => {
    expect(acme(full).price(request({ tokens: { input: 10, cacheRead: 40, output: 5, reasoning: 9 } }))).toMatchObject({ input: 0, output: 0, cacheRead: 40 * 300_000, reasoning: 9 * 20_000_000 });
  });

  test('charges reasoning as output unless it has a price, and shows it within output', () => {
    const cost = acme('  m: { input: 1, output: 10 }\n').price(request({ tokens: { input: 0, output: 100, reasoning: 60 } }));
    expect(cost).toMatchObject({ total: 100 * 10_000_000, output: 100 * 10_000_000, reasoning: undefined });
  });

  test('is nothing for tokens that were told to be none', () => {
    expect(acme(full).price(request({ tokens: { input: 0, output: 0 } }))).toMatchObject({ source: 'computed', total: 0 });
  });

  test.each<[string, Partial<TokenUsage>]>([
    ['negative', { input: -1, output: 1 }], ['not whole', { input: 1.5, output: 1 }], ['no number', { input: Number.NaN, output: 1 }],
    ['without end', { input: Number.POSITIVE_INFINITY, output: 1 }], ['beyond exact numbers', { input: 4_000_000_000, output: 1 }],
  ])('is unknown for tokens that are %s', (_, used) => {
    expect(acme(full).price(request({ tokens: used }))).toMatchObject({ source: 'unknown', total: undefined });
  });
});

describe('unknown', () => {
  test('is a model that is in no file; it is never 0', () => {
    expect(acme(full).price(request({ model: 'x' }))).toMatchObject({ source: 'unknown', total: undefined, input: undefined, priceVersion: '', tier: '' });
  });

  test('is a class that is used and has no price; what is known is shown', () => {
    const book = acme('  m: { input: 1, output: 10 }\n');
    expect(book.price(request({ tokens: { input: 10, cacheRead: 4, output: 1 } }))).toMatchObject({ source: 'unknown', total: undefined, input: 6_000_000, cacheRead: undefined, output: 10_000_000 });
    expect(book.price(request({ tokens: { input: 10, cacheRead: 0, output: 1 } }))).toMatchObject({ source: 'computed', total: 20_000_000 });
  });

  test('is not a class for which the provider charges another price, by the file or by the model', () => {
    const used = { input: 10, cacheRead: 4, output: 1 };
    expect(acme('  m: { input: 1, output: 10 }\n', 'missing: { cacheRead: input }\n').price(request({ tokens: used })).total).toBe(20_000_000);
    expect(acme('  m: { input: 1, output: 10, missing: { cacheRead: input } }\n').price(request({ tokens: used })).total).toBe(20_000_000);
    const book = acme('  m: { input: 1, output: 10, missing: { cacheRead: none } }\n', 'missing: { cacheRead: input }\n');
    expect(book.price(request({ tokens: used })).source).toBe('unknown');
  });

  test('is output that nobody told of in a call that answered; embeddings have none', () => {
    const book = acme(full);
    expect(book.price(request({ tokens: { input: 10 } }))).toMatchObject({ source: 'unknown', total: undefined, input: 30_000_000 });
    expect(book.price(request({ tokens: { input: 10 }, status: 'error' }))).toMatchObject({ source: 'computed', total: 30_000_000 });
    expect(book.price(request({ tokens: { input: 10 }, operation: 'embeddings' }))).toMatchObject({ source: 'computed', total: 30_000_000 });
  });

  test('is a call that answered and told nothing; one that failed without using anything owes nothing', () => {
    const book = acme(full);
    expect(book.price(request({ tokens: {} })).source).toBe('unknown');
    expect(book.price(request({ tokens: {}, status: 'error' }))).toMatchObject({ source: 'none', total: undefined });
    expect(book.price(request({ tokens: { input: 0 }, status: 'error' })).source).toBe('none');
    expect(book.price(request({ model: 'x', status: 'error' })).source).toBe('unknown');
  });
});

test('input that nobody told of is not free', () => {
  expect(acme(full).price(request({ tokens: { output: 10 } }))).toMatchObject({ source: 'unknown', total: undefined });
});

describe('what the provider reports', () => {
  test('wins over the book and is marked', () => {
    expect(acme(full).price(request({ reportedUsd: 0.00004 }))).toMatchObject({ source: 'provider-reported', total: 40_000_000, input: undefined, priceVersion: '' });
  });

  test('is not believed when it is no amount, or 0 for something used', () => {
    for (const reportedUsd of [-1, Number.NaN, Number.POSITIVE_INFINITY, 0]) expect(acme(full).price(request({ reportedUsd })).source).toBe('computed');
    expect(acme(full).price(request({ model: 'x', reportedUsd: 0 })).source).toBe('unknown');
  });

  test('is not replaced by another number when it is too great to be exact', () => {
    expect(acme(full).price(request({ reportedUsd: 20_000 }))).toMatchObject({ source: 'unknown', total: undefined });
  });
});

describe('tiers and dates', () => {
  const tiered =
    '  m:\n    input: 1\n    cacheRead: 0.1\n    output: 10\n    above:\n      - { tokens: 200, input: 2, cacheRead: 0.2, output: 20 }\n      - { tokens: 1000, input: 4, output: 40 }\n' +
    '    tiers:\n      flex: { times: 0.5 }\n      Priority: { input: 3, cacheRead: 0.3, output: 30 }\n      batch: { input: 0.5, output: 5, above: [{ tokens: 200, unknown: not listed }] }\n';

  test('the length of the context counts cached tokens, and its prices hold for all tokens of the request', () => {
    const price = (input: number, cacheRead: number): unknown[] => {
      const { total, tier } = acme(tiered).price(request({ tokens: { input, cacheRead, output: 1 } }));
      return [total, tier];
    };
    expect(price(200, 150)).toEqual([50 * 1_000_000 + 150 * 100_000 + 10_000_000, 'standard']);
    expect(price(201, 150)).toEqual([51 * 2_000_000 + 150 * 200_000 + 20_000_000, 'above 200 input tokens']);
    expect(price(1001, 0)).toEqual([1001 * 4_000_000 + 40_000_000, 'above 1000 input tokens']);
    // The last tier lists no cached price: it does not take the one of another tier.
    expect(price(1001, 1)).toEqual([undefined, 'above 1000 input tokens']);
  });

  test.each([
    ['', 20_000_000, 'standard'], ['default', 20_000_000, 'standard'], ['auto', 20_000_000, 'standard'], ['flex', 10_000_000, 'flex'],
    ['FLEX', 10_000_000, 'flex'], ['priority', 60_000_000, 'priority'], ['batch', 10_000_000, 'batch'], ['scale', undefined, 'no price for the service tier'],
  ])('the service tier %j costs %s', (serviceTier, total, tier) => {
    expect(acme(tiered).price(request({ serviceTier, tokens: { input: 10, output: 1 } }))).toMatchObject({ total, tier });
  });

  test('a service tier does not take the full price for cached tokens that the standard list prices apart', () => {
    const missing = acme(tiered.replace('  m:\n', '  m:\n    missing: { cacheRead: input }\n'));
    const cached = { input: 10, cacheRead: 5, output: 1 };
    expect(missing.price(request({ serviceTier: 'batch', tokens: cached })).total).toBeUndefined();
    expect(missing.price(request({ serviceTier: 'flex', tokens: cached })).total).toBe(5 * 500_000 + 5 * 50_000 + 5_000_000);
  });

  test('a service tier has context tiers of its own', () => {
    expect(acme(tiered).price(request({ serviceTier: 'flex', tokens: { input: 300, output: 0 } }))).toMatchObject({ total: 300_000_000, tier: 'flex, above 200 input tokens' });
    expect(acme(tiered).price(request({ serviceTier: 'batch', tokens: { input: 300, output: 0 } }))).toMatchObject({ total: undefined, tier: 'no price: not listed' });
  });

  test('the price at the time of the call holds', () => {
    const book = acme('  m:\n    prices:\n      - { from: 2025-02-01, input: 1, output: 1 }\n      - { from: 2026-01-01, input: 2, output: 2 }\n      - { from: 2026-07-01, unknown: by the hour }\n');
    const at = (time: string): unknown[] => {
      const { total, priceVersion, tier } = book.price(request({ timeMs: Date.parse(time), tokens: { input: 1, output: 0 } }));
      return [total, priceVersion, tier];
    };
    expect(at('2025-01-31T23:59:59.999Z')).toEqual([undefined, '', 'no price that early']);
    expect(at('2025-02-01T00:00:00Z')).toEqual([1_000_000, 'acme/m@2025-02-01', 'standard']);
    expect(at('2025-12-31T23:59:59.999Z')).toEqual([1_000_000, 'acme/m@2025-02-01', 'standard']);
    expect(at('2026-01-01T00:00:00Z')).toEqual([2_000_000, 'acme/m@2026-01-01', 'standard']);
    expect(at('2026-07-01T00:00:00Z')).toEqual([undefined, 'acme/m@2026-07-01', 'no price: by the hour']);
  });
});

describe('the memory of names', () => {
  test('does not grow without end and forgets nothing that matters', () => {
    const book = bookOf([[`${top}models:\n  m: { input: 1, output: 1 }\n`]]);
    for (let index = 0; index < 5000; index += 1) expect(book.price(request({ model: `made-up-${index}` })).source).toBe('unknown');
    expect(book.price(request()).total).toBe(1_100_000_000);
    expect(Object.values(book).filter((value) => value instanceof Map).every((map) => (map as Map<unknown, unknown>).size <= 1000)).toBe(true);
  });
});
