/** Masking as a whole: made of the settings, one for the data path and one for checks of what is stored. */
import type { Logger, SelfMetrics } from '../../kernel/ambient.js';
import type { Resource, TelemetryBatch } from '../../model/telemetry.js';
import { AttributeMasker } from './attribute-masker.js';
import { BatchMasker, type MaskPlace } from './batch-masker.js';
import { keyedHash } from './keyed-hash.js';
import type { MaskEvents } from './mask-track.js';
import { dropped } from './masked.js';
import { bodyRules, compileRules, severityKey, severityRules, textRules } from './rules.js';
import type { MaskingSettings } from './settings.js';
import { ValueMasker } from './value-masker.js';

/** Answers the batch that may be stored: the given one when no rule hits. */
export interface Masker {
  mask(batch: TelemetryBatch): TelemetryBatch;
  resource(resource: Resource): Resource;
}

/** undefined without rules, so that they cost nothing. */
export function makeMasker(settings: MaskingSettings, metrics: SelfMetrics, logger: Logger): Masker | undefined {
  const hits = metrics.counter('meterlark_masking_hits_total', 'Values that a masking rule changed, by rule and place; equal sets of attributes of resources, scopes and points once.', ['rule', 'where']);
  const gaveUp = metrics.counter('meterlark_masking_gave_up_total', 'Values masked whole because they were too long, nested too deep or could not be read, by rule.', ['rule']);
  const { rules } = compileRules(settings.rules);
  if (rules.length === 0) return undefined;
  if (settings.hashSecret === '' && rules.some(({ action }) => action === 'hash')) {
    logger.warn('masking hashes with a secret that ends with this process, so that hashes of before and after a start differ', { setting: 'masking.hashSecret' });
  }
  let where: MaskPlace = 'attribute';
  const events: MaskEvents = { hit: (rule) => { hits.add(1, { rule, where }); }, gaveUp: (rule) => { gaveUp.add(1, { rule }); } };
  const values = new ValueMasker({ hash: keyedHash(settings.hashSecret), maxTextLength: settings.maxTextLength, events, passesHashes: false });
  return new BatchMasker({ values, attributes: new AttributeMasker(values, rules), rules, at: (place) => { where = place; }, events });
}

/** Looks with the same rules at text that is stored already, and tells the names of the rules that would change it. */
export interface StoredTextProbe {
  /** A value under a key of attributes; `key` as it may be shown. */
  attribute(key: string, value: string | number): { readonly key: string; readonly hits: readonly string[] };
  /** A text without a key. */
  field(text: string): readonly string[];
  /** Of a log. */
  severity(text: string): readonly string[];
  /** The body of a log. */
  body(text: string): readonly string[];
}

export function makeProbe(settings: MaskingSettings): StoredTextProbe {
  const { rules } = compileRules(settings.rules);
  let hits: string[] = [];
  const taken = (): readonly string[] => {
    const told = hits;
    hits = [];
    return told;
  };
  const values = new ValueMasker({
    // What is written in its place is not looked at.
    hash: () => '#',
    maxTextLength: settings.maxTextLength,
    events: { hit: (rule) => { hits.push(rule); }, gaveUp: () => undefined },
    passesHashes: true,
  });
  const fieldRules = textRules(rules);
  const forSeverities = severityRules(rules);
  const forBodies = bodyRules(rules);
  return {
    attribute: (key, value) => {
      const shown = values.key(key, rules);
      values.value(value, rules.filter(({ keys }) => keys === undefined || keys(key)), rules, key);
      return { key: shown === dropped ? '***' : shown, hits: taken() };
    },
    field: (text) => {
      values.field(text, fieldRules);
      return taken();
    },
    severity: (text) => {
      if (text !== '') values.value(text, forSeverities, rules, severityKey);
      return taken();
    },
    body: (text) => {
      values.body(text, forBodies);
      return taken();
    },
  };
}
