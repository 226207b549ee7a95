/** SkyWalking's gen-ai-config.yml: prices for input and output by exact name, whoever the provider of the call is. */
import { yamlGet, type YamlEntry, type YamlValue } from '@meterlark/core';
import { isFault, picodollarsPerToken } from './amounts.js';
import type { ClassPrices, ModelEntry, PriceClass, PriceFile } from './entry.js';
import type { YamlShape } from './yaml-shape.js';

const inputKey = 'input-estimated-cost-per-m';
const outputKey = 'output-estimated-cost-per-m';
const modelKeys = ['name', 'aliases', inputKey, outputKey];
const maxModels = 2_000;

export function isSkyWalkingFile(root: YamlValue): boolean {
  return yamlGet(root, 'providers')?.kind === 'list';
}

export function readSkyWalkingFile(shape: YamlShape, root: YamlValue): readonly PriceFile[] {
  const own = shape.map(root, ['last-updated', 'providers'], 'the file');
  const updated = own.get('last-updated');
  const read = updated === undefined ? '' : (shape.text(updated.value, 'last-updated', updated.keyAt) ?? '');
  const providers = own.get('providers');
  if (providers === undefined) return [];
  const files = shape.list(providers.value, 'providers').map((item) => readProvider(shape, item, read));
  refuseTwice(shape, files);
  return files;
}

function readProvider(shape: YamlShape, item: YamlValue, read: string): PriceFile {
  const own = shape.map(item, ['provider', 'prefix-match', 'models'], 'an item of providers');
  const provider = (shape.text(own.get('provider')?.value, 'provider', item.at) ?? '').toLowerCase();
  const models = listOrNothing(shape, own.get('models'));
  if (models.length > maxModels) shape.fault(item.at, `more than ${maxModels} models of one provider`);
  const beginnings = own.get('prefix-match');
  return {
    file: shape.file,
    provider,
    serves: [provider],
    hosts: [],
    // Beginnings tell the provider, never a price: gpt-4.1-mini is not gpt-4.1.
    begins: listOrNothing(shape, beginnings).map((word) => (shape.text(word, 'an item of prefix-match', word.at) ?? '').toLowerCase()),
    strip: [],
    versions: [],
    compatible: true,
    hosted: false,
    uses: [],
    entries: models.slice(0, maxModels).map((model) => readModel(shape, model, { provider, read })),
  };
}

function listOrNothing(shape: YamlShape, entry: YamlEntry | undefined): readonly YamlValue[] {
  if (entry === undefined || (entry.value.kind === 'scalar' && entry.value.value === null)) return [];
  return shape.list(entry.value, entry.key);
}

function readModel(shape: YamlShape, item: YamlValue, { provider, read }: { provider: string; read: string }): ModelEntry {
  const own = shape.map(item, modelKeys, 'an item of models');
  const model = (shape.text(own.get('name')?.value, 'name', item.at) ?? '').toLowerCase();
  const input = readPrice(shape, own.get(inputKey));
  const output = readPrice(shape, own.get(outputKey));
  if (input === undefined && output === undefined) shape.fault(item.at, `no price: write ${inputKey} or ${outputKey}`);
  const base = { prices: everyClass(input, output), borrowed: lent, label: '' };
  return {
    provider,
    model,
    aliases: [...new Set(shape.texts(own.get('aliases')?.value, 'aliases').map((name) => name.toLowerCase()))],
    versions: [],
    prices: [{ fromMs: Number.NEGATIVE_INFINITY, from: '', standard: { base, above: [] }, tiers: new Map(), version: `${provider}/${model}` }],
    source: shape.file,
    read,
    file: shape.file,
    line: item.at.line,
  };
}

function readPrice(shape: YamlShape, entry: YamlEntry | undefined): number | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  const price = picodollarsPerToken(value.kind === 'scalar' ? value.source.text.trim() : '');
  if (!isFault(price)) return price;
  shape.fault(value.at, `${entry.key}: ${price.fault}`);
  return undefined;
}

/** The form knows two prices: all that goes in costs the one, all that comes out the other. */
const lent: Readonly<Partial<Record<PriceClass, PriceClass>>> = {
  cacheRead: 'input', cacheWrite5m: 'input', cacheWrite1h: 'input', audioInput: 'input', reasoning: 'output', audioOutput: 'output',
};

function everyClass(input: number | undefined, output: number | undefined): ClassPrices {
  return {
    input, cacheRead: input, cacheWrite5m: input, cacheWrite1h: input, audioInput: input,
    output, reasoning: output, audioOutput: output,
  };
}

/** One name with two prices would be priced by chance. */
function refuseTwice(shape: YamlShape, files: readonly PriceFile[]): void {
  const seen = new Map<string, number>();
  for (const { model, aliases, line } of files.flatMap(({ entries }) => entries)) {
    for (const name of [model, ...aliases]) {
      const first = seen.get(name);
      if (first === undefined) seen.set(name, line);
      else shape.fault({ line, column: 1 }, `the name ${name} stands at line ${first} already`);
    }
  }
}
