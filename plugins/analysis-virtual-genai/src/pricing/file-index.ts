/** Finds the entry of a model name in one price file. */
import type { ModelEntry, PriceFile } from './entry.js';
import { withoutVersions, type VersionPattern } from './version-pattern.js';

/** Told each step, for people; absent where nobody reads it. */
export type Trace = (step: string) => void;

export interface Found {
  readonly entry: ModelEntry;
  /** How the name was found, e.g. `alias`. */
  readonly how: string;
}

export class FileIndex {
  private readonly names = new Map<string, ModelEntry>();
  /** Those of the file and of all its entries; each entry says which of them it accepts. */
  private readonly patterns: readonly VersionPattern[];

  constructor(readonly file: PriceFile) {
    const patterns = [...file.versions, ...file.entries.flatMap(({ versions }) => versions ?? [])];
    this.patterns = [...new Map(patterns.map((one) => [one.text, one])).values()];
    for (const entry of file.entries) for (const name of [entry.model, ...entry.aliases]) this.names.set(name, entry);
  }

  /** Tries the name as it is, then without known beginnings; each of them whole, then without endings of versions. */
  find(name: string, trace: Trace | undefined): Found | undefined {
    for (const form of this.forms(name)) {
      const found = this.findForm(form);
      if (found === undefined) continue;
      if (form !== name) trace?.(`${this.file.provider}: took "${name.slice(0, name.length - form.length)}" off the beginning`);
      trace?.(`${this.file.provider}: "${form}" is the model ${found.entry.model} (${found.how}; ${found.entry.file}:${found.entry.line})`);
      return found;
    }
    return undefined;
  }

  private findForm(form: string): Found | undefined {
    const whole = this.names.get(form);
    if (whole !== undefined) return { entry: whole, how: whole.model === form ? 'exact' : 'alias' };
    for (const { name, taken } of withoutVersions(form, this.patterns)) {
      const entry = this.names.get(name);
      if (entry === undefined || !accepts(entry, this.file, taken)) continue;
      const how = `without the version ${form.slice(name.length)}, by ${taken.map(({ text }) => text).join(' and ')}`;
      return { entry, how };
    }
    return undefined;
  }

  private *forms(name: string): Generator<string, void, undefined> {
    yield name;
    const seen = new Set([name]);
    for (const form of seen) {
      for (const beginning of this.file.strip) {
        const rest = form.startsWith(beginning) ? form.slice(beginning.length) : '';
        if (rest === '' || seen.has(rest)) continue;
        // A set hands out what joins it while it is walked: `bedrock/us.` goes in two steps.
        seen.add(rest);
        yield rest;
      }
    }
  }
}

function accepts(entry: ModelEntry, file: PriceFile, taken: readonly VersionPattern[]): boolean {
  const accepted = (entry.versions ?? file.versions).map(({ text }) => text);
  return taken.every(({ text }) => accepted.includes(text));
}
