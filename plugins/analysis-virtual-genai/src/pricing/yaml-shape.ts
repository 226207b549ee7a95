/** Reads parts of a YAML file of a known shape; every fault is collected with its place. */
import { isMeterlarkError, type MeterlarkError, type TextPosition, type YamlEntry, type YamlValue } from '@meterlark/core';
import { pricingErrors } from '../errors.js';

/** Faults shown of one file; a file that is no price file at all would have thousands. */
const maxFaults = 50;

export class YamlShape {
  readonly faults: MeterlarkError[] = [];

  constructor(readonly file: string) {}

  fault({ line, column }: TextPosition, reason: string): void {
    this.add(pricingErrors.METERLARK_PRICING_FILE({ file: this.file, line, column, reason }));
  }

  add(fault: MeterlarkError): void {
    if (this.faults.length < maxFaults && isMeterlarkError(fault)) this.faults.push(fault);
  }

  /** Entries by key; every key must be among the known. */
  map(value: YamlValue, known: readonly string[] | undefined, what: string): ReadonlyMap<string, YamlEntry> {
    const entries = new Map<string, YamlEntry>();
    if (value.kind !== 'map') {
      this.fault(value.at, `${what} must be a map`);
      return entries;
    }
    for (const entry of value.entries) {
      if (known === undefined || known.includes(entry.key)) entries.set(entry.key, entry);
      else this.unknownKey(entry, known);
    }
    return entries;
  }

  list(value: YamlValue, what: string): readonly YamlValue[] {
    if (value.kind === 'list') return value.items;
    this.fault(value.at, `${what} must be a list`);
    return [];
  }

  /** A text of at least one character; undefined after a fault. */
  text(value: YamlValue | undefined, what: string, near: TextPosition): string | undefined {
    if (value === undefined) {
      this.fault(near, `${what} is missing`);
      return undefined;
    }
    const text = value.kind === 'scalar' && typeof value.value !== 'boolean' && value.value !== null ? value.source.text.trim() : '';
    if (text !== '' && text.length <= 500) return text;
    this.fault(value.at, text === '' ? `${what} must be a text` : `${what} is longer than 500 characters`);
    return undefined;
  }

  texts(value: YamlValue | undefined, what: string): readonly string[] {
    if (value === undefined) return [];
    return this.list(value, what)
      .map((item) => this.text(item, `an item of ${what}`, item.at))
      .filter((text) => text !== undefined);
  }

  flag(value: YamlValue | undefined, what: string): boolean {
    if (value === undefined) return false;
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
    this.fault(value.at, `${what} must be true or false`);
    return false;
  }

  /** Start of a UTC day written YYYY-MM-DD, epoch ms. */
  day(value: YamlValue | undefined, what: string, near: TextPosition): { text: string; ms: number } | undefined {
    const text = this.text(value, what, near);
    if (text === undefined || value === undefined) return undefined;
    const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return { text, ms };
    this.fault(value.at, `${what} must be a day, YYYY-MM-DD, not ${text}`);
    return undefined;
  }

  private unknownKey({ key, keyAt }: YamlEntry, known: readonly string[]): void {
    const near = known.find((word) => word.toLowerCase() === key.replace(/[-_ ]/g, '').toLowerCase());
    const hint = near === undefined ? `Known here are: ${known.join(', ')}.` : `Did you mean ${near}?`;
    this.add(pricingErrors.METERLARK_PRICING_UNKNOWN_KEY({ file: this.file, ...keyAt, key, hint }));
  }
}
