/** Rows and series as they are kept. */
import type { Value } from './values.js';

export type DataKind = 'measure' | 'stream' | 'trace';

/** Values by name; undefined: a row of before the name was added. */
export interface Named {
  get(name: string): Value | undefined;
}

/** Of one row: the places are shared by all rows of a schema. */
export class Cells implements Named {
  constructor(private readonly places: ReadonlyMap<string, number>, private readonly values: readonly Value[]) {}

  get(name: string): Value | undefined {
    const place = this.places.get(name);
    return place === undefined ? undefined : this.values[place];
  }
}

/** One row of any kind: what its kind has not is empty. */
export interface Row {
  /** Of its batch. */
  readonly sequence: number;
  readonly timeMs: number;
  readonly cells: Named;
  readonly fields: Named;
  readonly version: bigint;
  /** Hash of the element, or id of the span. */
  readonly id: string;
  readonly traceId: string;
  readonly span: Uint8Array;
}

export interface Series {
  readonly key: string;
  readonly values: readonly Value[];
  /** In the order they were made. */
  readonly place: number;
  rows: Row[];
}
