/** A LAL file's YAML, read and validated key by key; every fault is collected. */
import {
  nearest, readYaml, yamlGet, type MeterlarkError, type SourceText, type TextPosition, type YamlMap, type YamlScalar, type YamlValue,
} from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { OutputType } from '../plan.js';
import { outputTypeNames, outputTypeOf } from './output-types.js';

export interface RuleText {
  readonly file: string;
  readonly name: string;
  readonly layer: string;
  readonly layerAt: TextPosition;
  readonly dsl: SourceText;
  readonly inputType: string;
  readonly outputType: OutputType;
  readonly at: TextPosition;
}

export interface LayerDefinition {
  readonly name: string;
  readonly ordinal: number;
  readonly normal: boolean;
}

export interface LogRuleFile {
  readonly rules: readonly RuleText[];
  readonly layers: readonly LayerDefinition[];
  readonly faults: readonly MeterlarkError[];
}

const fileKeys = ['rules', 'layerDefinitions'];
/** `v2Only` marks rules of upstream's own tests. */
const ruleKeys = ['name', 'layer', 'dsl', 'inputType', 'outputType', 'v2Only'];
const layerKeys = ['name', 'ordinal', 'normal'];
const maxRules = 1000;
const maxOrdinal = 0x7fff_ffff;

/** true when the file is one of ours, readable or not. */
export function isLogRuleFile(path: string, text: string): boolean {
  const { root } = readYaml(path, text);
  const rules = yamlGet(root, 'rules');
  if (rules?.kind === 'list') return rules.items.some((item) => yamlGet(item, 'dsl') !== undefined);
  // What is not readable as YAML is recognised by the lines that open its rules.
  return root === undefined && /^rules\s*:/m.test(text) && /^\s+(?:- )?dsl\s*:/m.test(text);
}

export function readLogRuleFile(path: string, text: string): LogRuleFile {
  return new LogRuleFileReader(path).read(text);
}

class LogRuleFileReader {
  private readonly faults: MeterlarkError[] = [];

  constructor(private readonly path: string) {}

  read(text: string): LogRuleFile {
    const { root, faults } = readYaml(this.path, text);
    this.faults.push(...faults);
    if (faults.length > 0) return { rules: [], layers: [], faults };
    if (root?.kind !== 'map') {
      this.fault(root?.at ?? { line: 1, column: 1 }, 'a LAL file must be a map of keys');
      return { rules: [], layers: [], faults: this.faults };
    }
    this.checkKeys(root, fileKeys);
    const layers = this.layers(yamlGet(root, 'layerDefinitions'));
    return { rules: this.rules(root), layers, faults: this.faults };
  }

  private fault(at: TextPosition, reason: string): void {
    this.faults.push(lalErrors.METERLARK_LAL_FILE({ file: this.path, ...at, reason }));
  }

  private checkKeys(map: YamlMap, known: readonly string[]): void {
    for (const { key, keyAt } of map.entries) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      const list = `${near === undefined ? '' : `${near} (nearest), `}${known.join(', ')}`;
      this.faults.push(lalErrors.METERLARK_LAL_UNKNOWN_KEY({ file: this.path, ...keyAt, key: key.slice(0, 60), known: list }));
    }
  }

  private rules(root: YamlMap): readonly RuleText[] {
    const list = yamlGet(root, 'rules');
    if (list?.kind !== 'list' || list.items.length > maxRules) {
      this.fault(list?.at ?? root.at, `rules must be a list of at most ${maxRules} {name, layer, dsl}`);
      return [];
    }
    return list.items.flatMap((item) => this.rule(item));
  }

  private rule(item: YamlValue): readonly RuleText[] {
    if (item.kind !== 'map') {
      this.fault(item.at, 'a rule must be a map with name, layer and dsl');
      return [];
    }
    this.checkKeys(item, ruleKeys);
    const [name, layer, dsl] = ['name', 'layer', 'dsl'].map((key) => this.required(item, key));
    const outputType = this.outputType(item);
    if (name === undefined || layer === undefined || dsl === undefined || outputType === undefined) return [];
    const auto = layer.source.text.toLowerCase() === 'auto';
    return [{
      file: this.path,
      name: name.source.text,
      layer: auto ? 'auto' : layer.source.text,
      layerAt: layer.at,
      dsl: dsl.source,
      inputType: this.text(item, 'inputType')?.source.text ?? '',
      outputType,
      at: name.at,
    }];
  }

  /** A scalar that holds something; "" and nothing count as not given. */
  private text(item: YamlMap, key: string): YamlScalar | undefined {
    const value = yamlGet(item, key);
    if (value !== undefined && value.kind !== 'scalar') this.fault(value.at, `${key} must be a text`);
    return value?.kind === 'scalar' && value.source.text.trim() !== '' ? value : undefined;
  }

  private required(item: YamlMap, key: string): YamlScalar | undefined {
    const found = this.text(item, key);
    const value = yamlGet(item, key);
    if (found === undefined && (value === undefined || value.kind === 'scalar')) this.fault(value?.at ?? item.at, `a rule needs ${key}`);
    return found;
  }

  private outputType(item: YamlMap): OutputType | undefined {
    const given = this.text(item, 'outputType');
    if (given === undefined) return 'Log';
    const name = given.source.text;
    const found = outputTypeOf(name);
    if (found === undefined) {
      const near = nearest(name, outputTypeNames) ?? outputTypeNames.join(', ');
      this.faults.push(lalErrors.METERLARK_LAL_UNKNOWN_NAME({ file: this.path, ...given.at, what: 'outputType', name: name.slice(0, 60), nearest: near }));
    }
    return found;
  }

  private layers(value: YamlValue | undefined): readonly LayerDefinition[] {
    if (value === undefined || (value.kind === 'scalar' && value.value === null)) return [];
    if (value.kind === 'list') return value.items.flatMap((item) => this.layer(item));
    this.fault(value.at, 'layerDefinitions must be a list of {name, ordinal, normal}');
    return [];
  }

  private layer(item: YamlValue): readonly LayerDefinition[] {
    if (item.kind === 'map') this.checkKeys(item, layerKeys);
    const scalar = (key: string): unknown => {
      const value = yamlGet(item, key);
      return value?.kind === 'scalar' ? value.value : undefined;
    };
    const [name, ordinal, normal] = [scalar('name'), scalar('ordinal'), scalar('normal') ?? true];
    const numbered = typeof ordinal === 'number' && Number.isInteger(ordinal) && ordinal >= 0 && ordinal <= maxOrdinal;
    if (typeof name === 'string' && /^[A-Z][A-Z0-9_]*$/.test(name) && numbered && typeof normal === 'boolean') return [{ name, ordinal, normal }];
    this.fault(item.at, 'a layer needs name (A-Z, 0-9, _), ordinal (an integer from 0 to 2147483647) and, if not normal, normal: false');
    return [];
  }
}
