import { describe, expect, test } from 'vitest';
import { readPriceFile } from '../../src/pricing/read-price-file.js';
import { faultTexts, top } from './books.js';

const model = (text: string): string => `${top}models:\n  m: ${text}\n`;

const broken: readonly (readonly [string, string, string])[] = [
  ['nothing', '', '1:1: the file is empty'],
  ['a list', '- a\n', '1:1: a price file must be a map'],
  ['no provider', 'source: s\nread: 2026-01-02\n', '1:1: provider is missing'],
  ['a provider of two words', 'provider: two words\nsource: s\nread: 2026-01-02\n', '1:11: provider must be one word'],
  ['no source', 'provider: a\nread: 2026-01-02\n', '1:1: source is missing'],
  ['a day that is none', 'provider: a\nsource: s\nread: 2026-02-30\n', '3:7: read must be a day, YYYY-MM-DD, not 2026-02-30'],
  ['an unknown key', `${top}modles: {}\n`, '4:1: unknown key "modles"'],
  ['a key of another spelling', model('{ input: 1, cache-read: 1 }'), '5:18: unknown key "cache-read"'],
  ['another currency', `${top}currency: CNY\n`, '4:11: prices are in USD, not CNY'],
  ['a negative price', model('{ input: -1 }'), '5:15: input: a price is a plain decimal number'],
  ['a price that is too fine', model('{ input: 0.0000001 }'), '5:15: input: a price has at most 6 decimals'],
  ['a price in words', model('{ input: cheap }'), '5:15: input: a price is a plain decimal number'],
  ['a price with an exponent', model('{ input: 1e-3 }'), '5:15: input: a price is a plain decimal number'],
  ['a price beyond reason', model('{ input: 10000000 }'), '5:15: input: a price above 1000000 USD'],
  ['a model without a price', model('{}'), '5:3: no price: write at least one of input'],
  ['a model that is a number', model('5'), '5:6: the model m must be a map'],
  ['dates that do not ascend', model('\n    prices:\n      - { from: 2026-02-01, input: 1 }\n      - { from: 2026-01-01, input: 1 }'), '8:9: the dates of prices must ascend'],
  ['a second price without a date', model('\n    prices:\n      - { input: 1 }\n      - { input: 2 }'), '8:9: the dates of prices must ascend'],
  ['no price in the list', model('{ prices: [] }'), '5:8: prices has no item'],
  ['a price beside the list', model('{ prices: [{ input: 1 }], input: 2 }'), '5:32: "input" stands beside "prices"'],
  ['context tiers that do not ascend', model('{ input: 1, above: [{ tokens: 5, input: 1 }, { tokens: 5, input: 1 }] }'), '5:51: the tokens of above must ascend'],
  ['a context tier without tokens', model('{ input: 1, above: [{ input: 1 }] }'), '5:26: tokens is missing'],
  ['tokens that are no number', model('{ input: 1, above: [{ tokens: 200k, input: 1 }] }'), '5:36: tokens must be a whole number'],
  ['a tier for what is standard', model('{ input: 1, tiers: { default: { input: 1 } } }'), '5:27: "default" is what the prices outside of tiers are for'],
  ['a factor that is not exact', model('{ input: 0.000001, tiers: { flex: { times: 0.5 } } }'), '5:49: 0.000001 times 0.5 is finer'],
  ['a factor beside prices', model('{ input: 1, tiers: { flex: { times: 0.5, input: 1 } } }'), '5:47: "input" stands beside "times"'],
  ['a price beside unknown', model('{ unknown: why, input: 1 }'), '5:22: "input" stands beside "unknown"'],
  ['an alias that is a model', `${top}models:\n  a: { input: 1 }\n  b: { aliases: [A], input: 1 }\n`, '6:3: the name a stands at line 5 already'],
  ['a model twice', `${top}models:\n  a: { input: 1 }\n  a: { input: 1 }\n`, '6:3: not readable as YAML: Map keys must be unique'],
  ['an open ending', `${top}versions: [-mini*]\n`, '4:12: "-mini*" is no ending'],
  ['an ending that is a beginning', `${top}versions: [YYYY]\n`, '4:12: "YYYY" is no ending'],
  ['a rule for a missing class that is none', `${top}missing: { cacheRead: half }\n`, '4:23: missing cacheRead must be input, output or none, not half'],
  ['a class in place of itself', `${top}missing: { input: input }\n`, '4:19: input cannot take the place of itself'],
  ['a flag that is a word', `${top}hosted: sometimes\n`, '4:9: hosted must be true or false'],
  ['an alias of YAML', `${top}models: &x\n  a: { input: 1 }\nserves: *x\n`, '6:9: not readable as YAML: aliases are not supported'],
  ['broken YAML', `${top}models: {\n`, '5:1: not readable as YAML'],
];

describe('a price file with a fault', () => {
  test.each(broken)('%s is told with its place', (_, text, expected) => {
    const [first = ''] = faultTexts(text);
    expect(first).toContain(`acme.yaml:${expected}`);
    expect(readPriceFile('acme.yaml', text).files).toEqual([]);
  });

  test('tells all faults at once, and no more than fifty', () => {
    expect(faultTexts(`${top}hosted: x\nmodels:\n  a: { input: x, output: -1 }\n  b: {}\n`)).toHaveLength(4);
    expect(faultTexts(`${top}models:\n${Array.from({ length: 500 }, (_, index) => `  m${index}: {}\n`).join('')}`)).toHaveLength(50);
  });

  test('is refused when it is huge or holds too many models', () => {
    expect(faultTexts('x'.repeat(2_000_000))[0]).toContain('more than 1048576');
    expect(faultTexts(`${top}models:\n${Array.from({ length: 2001 }, (_, index) => `  m${index}: { input: 1 }\n`).join('')}`)[0]).toContain('more than 2000 models');
  });
});

describe("SkyWalking's gen-ai-config.yml", () => {
  const text = [
    'last-updated: 2026-03-23', 'providers:', '  - provider: OpenAI', '    prefix-match: [gpt]', '    models:', '      - name: gpt-4.1', '        aliases: [gpt-41]',
    '        input-estimated-cost-per-m: 2.0', '        output-estimated-cost-per-m: 8', '  - provider: ollama', '    prefix-match:', '    models:', '',
  ].join('\n');

  test('is known by its form; a beginning gives the provider and no price', () => {
    const { files, faults } = readPriceFile('gen-ai-config.yml', text);
    expect(faults).toEqual([]);
    expect(files.map(({ provider, begins, entries }) => [provider, begins, entries.map(({ model, aliases }) => [model, ...aliases])])).toEqual([
      ['openai', ['gpt'], [['gpt-4.1', 'gpt-41']]],
      ['ollama', [], []],
    ]);
    expect(files[0]?.entries[0]?.prices[0]?.standard.base.prices).toMatchObject({ input: 2_000_000, cacheRead: 2_000_000, output: 8_000_000, reasoning: 8_000_000 });
    expect(files[0]?.versions).toEqual([]);
  });

  test.each([
    ['providers:\n  - provider: a\n    models: [{ name: m }]\n', '3:14: no price: write input-estimated-cost-per-m'],
    ['providers:\n  - provider: a\n    models: [{ name: m, input-estimated-cost-per-m: -1 }]\n', '3:53: input-estimated-cost-per-m: a price is'],
    ['providers:\n  - models: [{ name: m, input-estimated-cost-per-m: 1 }]\n', '2:5: provider is missing'],
    ['providers:\n  - provider: a\n    models: [{ name: m, input-estimated-cost-per-m: 1 }, { name: M, input-estimated-cost-per-m: 2 }]\n', '3:1: the name m stands at line 3 already'],
    ['providers:\n  - provider: a\n    prices: []\n', '3:5: unknown key "prices"'],
  ])('with a fault: %j', (broken, expected) => {
    expect(faultTexts(broken)[0]).toContain(`acme.yaml:${expected}`);
  });
});
