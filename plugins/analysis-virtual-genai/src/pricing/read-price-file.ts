/** One price file of a provider: from YAML text to data, with every fault at its place. */
import { readYaml, type MeterlarkError, type TextPosition, type YamlEntry, type YamlValue } from '@meterlark/core';
import { priceClasses, type ModelEntry, type PriceClass, type PriceFile } from './entry.js';
import { readPrices, setKeys, type MissingRule } from './read-prices.js';
import { isSkyWalkingFile, readSkyWalkingFile } from './read-skywalking-file.js';
import { usualVersions, versionPattern, type VersionPattern } from './version-pattern.js';
import { YamlShape } from './yaml-shape.js';

export interface ReadFile {
  /** One; several of a file in SkyWalking's form; none after a fault. */
  readonly files: readonly PriceFile[];
  readonly faults: readonly MeterlarkError[];
}

const fileKeys = [
  'provider', 'serves', 'hosts', 'begins', 'strip', 'versions', 'missing', 'compatible', 'hosted', 'uses', 'source', 'read', 'currency', 'models',
];
const modelKeys = ['aliases', 'versions', 'missing', 'source', 'read', 'prices', ...setKeys];
const maxModels = 2_000;
const maxNames = 200;

export function readPriceFile(file: string, text: string): ReadFile {
  const yaml = readYaml(file, text);
  const shape = new YamlShape(file);
  if (yaml.faults.length > 0) return { files: [], faults: yaml.faults };
  if (yaml.root === undefined) {
    shape.fault({ line: 1, column: 1 }, 'the file is empty');
    return { files: [], faults: shape.faults };
  }
  const files = isSkyWalkingFile(yaml.root) ? readSkyWalkingFile(shape, yaml.root) : [readOne(shape, yaml.root)];
  return { files: shape.faults.length > 0 ? [] : files, faults: shape.faults };
}

function readOne(shape: YamlShape, root: YamlValue): PriceFile {
  const own = shape.map(root, fileKeys, 'a price file');
  const top = { line: 1, column: 1 };
  const valueOf = (key: string): YamlValue | undefined => own.get(key)?.value;
  const provider = word(shape, valueOf('provider'), 'provider', top);
  const words = (key: string): readonly string[] => shape.texts(valueOf(key), key).map((text) => text.toLowerCase());
  checkCurrency(shape, valueOf('currency'), top);
  const common: Common = {
    shape,
    provider,
    missing: readMissing(shape, valueOf('missing'), usualMissing),
    source: shape.text(valueOf('source'), 'source', top) ?? '',
    read: shape.day(valueOf('read'), 'read', top)?.text ?? '',
  };
  return {
    file: shape.file,
    provider,
    serves: [...new Set([provider, ...words('serves')])],
    hosts: words('hosts'),
    begins: words('begins'),
    strip: words('strip'),
    versions: readVersions(shape, valueOf('versions')) ?? usualVersions,
    compatible: shape.flag(valueOf('compatible'), 'compatible'),
    hosted: shape.flag(valueOf('hosted'), 'hosted'),
    uses: words('uses'),
    entries: readModels(common, valueOf('models')),
  };
}

interface Common {
  readonly shape: YamlShape;
  readonly provider: string;
  readonly missing: MissingRule;
  readonly source: string;
  readonly read: string;
}

/** Thinking is output, and billed as such wherever no price of its own is named. */
const usualMissing: MissingRule = { reasoning: 'output' };

function word(shape: YamlShape, value: YamlValue | undefined, what: string, near: TextPosition): string {
  const text = shape.text(value, what, near)?.toLowerCase() ?? '';
  if (text !== '' && !/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)) shape.fault(value?.at ?? near, `${what} must be one word of letters, digits, ".", "_" and "-"`);
  return text;
}

function checkCurrency(shape: YamlShape, value: YamlValue | undefined, near: TextPosition): void {
  if (value === undefined) return;
  const currency = shape.text(value, 'currency', near);
  if (currency !== undefined && currency !== 'USD') shape.fault(value.at, `prices are in USD, not ${currency}: convert them and say so in source`);
}

function readMissing(shape: YamlShape, value: YamlValue | undefined, base: MissingRule): MissingRule {
  if (value === undefined) return base;
  const rule: { [word in PriceClass]?: PriceClass | undefined } = { ...base };
  for (const [key, entry] of shape.map(value, priceClasses, 'missing')) {
    const from = shape.text(entry.value, `missing ${key}`, entry.keyAt);
    if (from === 'input' || from === 'output') rule[key as PriceClass] = from;
    else if (from === 'none') rule[key as PriceClass] = undefined;
    else if (from !== undefined) shape.fault(entry.value.at, `missing ${key} must be input, output or none, not ${from}`);
    if (from === key) shape.fault(entry.value.at, `${key} cannot take the place of itself`);
  }
  return rule;
}

function readVersions(shape: YamlShape, value: YamlValue | undefined): readonly VersionPattern[] | undefined {
  if (value === undefined) return undefined;
  return shape.list(value, 'versions').flatMap((item) => {
    const text = shape.text(item, 'an item of versions', item.at);
    const pattern = text === undefined ? undefined : versionPattern(text);
    if (text !== undefined && pattern === undefined) {
      shape.fault(item.at, `"${text}" is no ending: it begins with "-", "@", ":" or "." and is made of small letters, digits and YYYY, MM, DD, N (1 or 2 digits), NNN`);
    }
    return pattern ?? [];
  });
}

function readModels(common: Common, value: YamlValue | undefined): readonly ModelEntry[] {
  if (value === undefined || (value.kind === 'scalar' && value.value === null)) return [];
  const models = common.shape.map(value, undefined, 'models');
  if (models.size > maxModels) common.shape.fault(value.at, `more than ${maxModels} models in one file`);
  const seen = new Map<string, number>();
  return [...models.values()].slice(0, maxModels).map((entry) => {
    const model = readModel(common, entry);
    for (const name of [model.model, ...model.aliases]) claim(common.shape, seen, { name, at: entry.keyAt });
    return model;
  });
}

function claim(shape: YamlShape, seen: Map<string, number>, { name, at }: { name: string; at: TextPosition }): void {
  const first = seen.get(name);
  if (first === undefined) seen.set(name, at.line);
  else shape.fault(at, `the name ${name} stands at line ${first} already`);
}

function readModel(common: Common, { key, keyAt, value }: YamlEntry): ModelEntry {
  const { shape, provider } = common;
  const own = shape.map(value, modelKeys, `the model ${key}`);
  const model = key.trim().toLowerCase();
  if (model === '' || model.length > maxNames) shape.fault(keyAt, `a model's name has 1 to ${maxNames} characters`);
  const missing = readMissing(shape, own.get('missing')?.value, common.missing);
  const read = own.get('read');
  return {
    provider,
    model,
    aliases: [...new Set(shape.texts(own.get('aliases')?.value, 'aliases').map((name) => name.toLowerCase()))],
    versions: readVersions(shape, own.get('versions')?.value),
    prices: value.kind === 'map' ? readPrices({ shape, missing, name: `${provider}/${model}` }, own, keyAt) : [],
    source: own.has('source') ? (shape.text(own.get('source')?.value, 'source', keyAt) ?? '') : common.source,
    read: read === undefined ? common.read : (shape.day(read.value, 'read', read.keyAt)?.text ?? ''),
    file: shape.file,
    line: keyAt.line,
  };
}
