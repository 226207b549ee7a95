/** A rule file's YAML, read and validated key by key; every fault is collected. */
import {
  isMeterlarkError,
  readYaml,
  type ErrorFields,
  type MeterlarkError,
  type SourceText,
  type TextPosition,
  type YamlEntry,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { Closure, Link } from '../language/ast.js';
import { parseClosure, parseLinks } from '../language/mal.js';
import { nearest } from './nearest.js';

export interface RuleText {
  readonly name: string;
  readonly exp: SourceText;
  readonly at: TextPosition;
  readonly precision: 'integer' | 'decimal';
  readonly unit: string;
}

export interface LayerDefinition {
  readonly name: string;
  readonly ordinal: number;
  readonly normal: boolean;
}

export interface LayerText extends LayerDefinition {
  readonly at: TextPosition;
}

export interface RuleFile {
  readonly path: string;
  readonly filter: Closure | undefined;
  readonly prefix: readonly Link[];
  readonly suffix: readonly Link[];
  readonly metricPrefix: string;
  readonly rules: readonly RuleText[];
  readonly layers: readonly LayerText[];
  readonly faults: readonly MeterlarkError[];
}

/** `metrics` is `metricsRules` in files for Zabbix; its two other keys belong to the receiver. */
const rulesKeys = ['metricsRules', 'metrics'];
const fileKeys = [
  'filter',
  'expPrefix',
  'expSuffix',
  'metricPrefix',
  ...rulesKeys,
  'layerDefinitions',
  'entities',
  'requiredZabbixItemKeys',
];
const ruleKeys = ['name', 'exp', 'precision', 'unit'];
const layerKeys = ['name', 'ordinal', 'normal'];
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Behind a metricPrefix a name may begin with a digit. */
const suffixPattern = /^[A-Za-z0-9_]+$/;

/** true when the file is one of ours, readable or not. */
export function isRuleFile(path: string, text: string): boolean {
  const { root } = readYaml(path, text);
  if (root?.kind === 'map') return root.entries.some(({ key }) => rulesKeys.includes(key));
  // What is not readable as YAML is recognised by a line that opens its rules.
  return root === undefined && /^metricsRules\s*:/m.test(text);
}

export function readRuleFile(path: string, text: string): RuleFile {
  return new RuleFileReader(path).read(text);
}

class RuleFileReader {
  private readonly faults: MeterlarkError[] = [];

  constructor(private readonly path: string) {}

  read(text: string): RuleFile {
    const { root, faults } = readYaml(this.path, text);
    this.faults.push(...faults);
    if (root !== undefined && root.kind !== 'map') this.fault(root.at, 'a rule file must be a map of keys');
    const map = root?.kind === 'map' ? root : undefined;
    if (map !== undefined) this.checkKeys(map, fileKeys);
    const entry = (key: string): YamlValue | undefined =>
      map?.entries.find((candidate) => candidate.key === key)?.value;
    const file = {
      path: this.path,
      layers: this.layers(entry('layerDefinitions')),
      filter: this.parsed(entry('filter'), 'filter', parseClosure),
      prefix: this.parsed(entry('expPrefix'), 'expPrefix', parseLinks) ?? [],
      suffix: this.parsed(entry('expSuffix'), 'expSuffix', parseLinks) ?? [],
      metricPrefix: this.prefix(entry('metricPrefix')),
      rules: map === undefined || faults.length > 0 ? [] : this.rules(map, entry('metricsRules') ?? entry('metrics')),
    };
    for (const { name, at } of file.rules) this.checkName(name, at, file.metricPrefix);
    return { ...file, faults: this.faults };
  }

  private fault(at: TextPosition, reason: string): void {
    this.faults.push(malErrors.METERLARK_MAL_FILE({ file: this.path, ...at, reason }));
  }

  private checkKeys(map: YamlMap, known: readonly string[]): void {
    for (const { key, keyAt } of map.entries) {
      if (known.includes(key)) continue;
      const fields: ErrorFields = {
        file: this.path,
        ...keyAt,
        key,
        known: `${nearest(key, known)} (nearest), ${known.join(', ')}`,
      };
      this.faults.push(malErrors.METERLARK_MAL_UNKNOWN_KEY(fields));
    }
  }

  private parsed<T>(value: YamlValue | undefined, key: string, parse: (source: SourceText) => T): T | undefined {
    const scalar = value === undefined ? undefined : this.text(value, key);
    if (scalar === undefined || scalar.source.text.trim() === '') return undefined;
    try {
      return parse(scalar.source);
    } catch (error) {
      if (!isMeterlarkError(error)) throw error;
      this.faults.push(error);
      return undefined;
    }
  }

  /** A scalar that holds something; "" and nothing count as not given. */
  private text(value: YamlValue, key: string): YamlScalar | undefined {
    if (value.kind !== 'scalar') this.fault(value.at, `${key} must be a text`);
    return value.kind === 'scalar' ? value : undefined;
  }

  private prefix(value: YamlValue | undefined): string {
    const text = value === undefined ? '' : (this.text(value, 'metricPrefix')?.source.text ?? '');
    if (value !== undefined && text !== '' && !namePattern.test(text))
      this.fault(value.at, `metricPrefix "${text}" may hold letters, digits and _ only`);
    return text;
  }

  private rules(map: YamlMap, value: YamlValue | undefined): readonly RuleText[] {
    if (value?.kind !== 'list') {
      this.fault(value?.at ?? map.at, 'metricsRules must be a list of {name, exp}');
      return [];
    }
    return value.items.flatMap((item) => this.rule(item));
  }

  private rule(item: YamlValue): readonly RuleText[] {
    if (item.kind !== 'map') {
      this.fault(item.at, 'a rule must be a map with name and exp');
      return [];
    }
    this.checkKeys(item, ruleKeys);
    const name = this.required(item, 'name');
    const exp = this.required(item, 'exp');
    const precision = this.precision(item.entries.find(({ key }) => key === 'precision'));
    const unit = item.entries.find(({ key }) => key === 'unit')?.value;
    if (name === undefined || exp === undefined) return [];
    return [
      {
        name: name.source.text,
        exp: exp.source,
        at: name.at,
        precision,
        unit: unit === undefined ? '' : (this.text(unit, 'unit')?.source.text ?? ''),
      },
    ];
  }

  private checkName(name: string, at: TextPosition, prefix: string): void {
    if ((prefix === '' ? namePattern : suffixPattern).test(name)) return;
    this.fault(
      at,
      `name "${name.slice(0, 60)}" may hold letters, digits and _ only and, without metricPrefix, not begin with a digit`,
    );
  }

  private required(item: YamlMap, key: string): YamlScalar | undefined {
    const value = item.entries.find((entry) => entry.key === key)?.value;
    const scalar = value === undefined ? undefined : this.text(value, key);
    if (scalar !== undefined && scalar.source.text.trim() !== '') return scalar;
    if (value === undefined || scalar !== undefined) this.fault(value?.at ?? item.at, `a rule needs ${key}`);
    return undefined;
  }

  private precision(entry: YamlEntry | undefined): 'integer' | 'decimal' {
    const text = entry?.value.kind === 'scalar' ? entry.value.source.text : '';
    if (entry !== undefined && text !== 'integer' && text !== 'decimal')
      this.fault(entry.value.at, 'precision must be integer or decimal');
    return text === 'decimal' ? 'decimal' : 'integer';
  }

  private layers(value: YamlValue | undefined): readonly LayerText[] {
    if (value === undefined || (value.kind === 'scalar' && value.value === null)) return [];
    if (value.kind !== 'list') this.fault(value.at, 'layerDefinitions must be a list of {name, ordinal, normal}');
    return value.kind === 'list' ? value.items.flatMap((item) => this.layer(item)) : [];
  }

  private layer(item: YamlValue): readonly LayerText[] {
    if (item.kind === 'map') this.checkKeys(item, layerKeys);
    const scalar = (key: string): unknown => {
      const value = item.kind === 'map' ? item.entries.find((entry) => entry.key === key)?.value : undefined;
      return value?.kind === 'scalar' ? value.value : undefined;
    };
    const [name, ordinal, normal] = [scalar('name'), scalar('ordinal'), scalar('normal') ?? true];
    const usable =
      typeof name === 'string' &&
      /^[A-Z][A-Z0-9_]*$/.test(name) &&
      isOrdinal(ordinal) &&
      typeof normal === 'boolean';
    if (usable) return [{ name, ordinal, normal, at: item.at }];
    this.fault(
      item.at,
      'a layer needs name (A-Z, 0-9, _), ordinal (an integer from 0 to 2147483647) and, if not normal, normal: false',
    );
    return [];
  }
}

/** As SkyWalking keeps it: an int. */
function isOrdinal(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fff_ffff;
}
