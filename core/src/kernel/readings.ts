/**
 * What the build has read already. A start reads the same rule and price files every time, and the parsers for them are
 * slow before V8 has compiled them. So the start that the build records keeps what each text was read to, and the launcher
 * (core/bin/compiled.cjs) offers it to later starts, by the text itself: a file that was edited, and any other text, is not
 * found and is read as ever. Only texts without a fault are kept. In sources, and without the launcher, nothing is offered.
 */
import { isDeepStrictEqual } from 'node:util';

/** Offered under `Symbol.for('meterlark.readings')`, so that two copies of core share it. */
export interface Readings {
  /** JSON of what `text` was read to. `kind`: which reader read it. */
  find(kind: string, text: string): string | undefined;
  /** Only while the build records. */
  readonly keep?: (kind: string, text: string, json: string) => void;
}

export const readingsKey = Symbol.for('meterlark.readings');

/** How a reading becomes JSON and is the same again. */
export interface ReadingForm<T> {
  readonly kind: string;
  pack(reading: T): string;
  unpack(json: string): T;
}

export function findReading<T>(form: ReadingForm<T>, text: string): T | undefined {
  const json = offered()?.find(form.kind, text);
  return json === undefined ? undefined : form.unpack(json);
}

/** `reading` must depend on nothing but the text. One that JSON would change (infinity, a date) is not kept. */
export function keepReading<T>(form: ReadingForm<T>, text: string, reading: T): void {
  const keep = offered()?.keep;
  if (keep === undefined) return;
  const json = form.pack(reading);
  if (isDeepStrictEqual(form.unpack(json), reading)) keep(form.kind, text, json);
}

function offered(): Readings | undefined {
  return (globalThis as { [readingsKey]?: Readings })[readingsKey];
}
