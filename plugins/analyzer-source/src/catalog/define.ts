/** How sources are written down: columns by type, as words of one text. */
import type { EntityScope } from '@meterlark/core';

/** `enum:DetectPoint` and the like; `map`: `name["key"]` is text; `tags`: a view of a map, for `contain "key:value"`. */
export type ColumnType = 'text' | 'integer' | 'decimal' | 'flag' | 'map' | 'tags' | `enum:${string}`;

export interface ColumnDefinition {
  readonly name: string;
  readonly type: ColumnType;
  readonly unit: string;
  /** What a metric of the column shows is multiplied by this. */
  readonly factor: number;
  /** Sums and averages of it are never rounded to integers. */
  readonly keepsFractions: boolean;
}

export interface SourceDefinition {
  readonly name: string;
  readonly scope: EntityScope;
  readonly columns: ReadonlyMap<string, ColumnDefinition>;
}

/** Column names by type; the key is a column type or the name of an enumeration. `ms`: integers of milliseconds, and so on. */
export type Columns = Readonly<Record<string, string>>;

interface Kind {
  readonly type: ColumnType;
  readonly unit?: string;
  readonly factor?: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  text: { type: 'text' },
  integer: { type: 'integer' },
  decimal: { type: 'decimal' },
  flag: { type: 'flag' },
  map: { type: 'map' },
  tags: { type: 'tags' },
  ms: { type: 'integer', unit: 'ms' },
  decimalMs: { type: 'decimal', unit: 'ms' },
  ns: { type: 'integer', unit: 'ns' },
  bytes: { type: 'integer', unit: 'bytes' },
  tokens: { type: 'integer', unit: 'tokens' },
  tokensPerSecond: { type: 'decimal', unit: 'tokens/s' },
  /** Whole picodollars, shown as millionths of a dollar. */
  picodollars: { type: 'decimal', unit: 'µUSD', factor: 1e-6 },
};

export function source(name: string, scope: EntityScope, ...columns: readonly Columns[]): SourceDefinition {
  const all = columns.flatMap((group) => Object.entries(group)).flatMap(([kind, names]) => columnsOf(kind, names));
  return { name, scope, columns: new Map(all.map((column) => [column.name, column])) };
}

function columnsOf(kind: string, names: string): ColumnDefinition[] {
  const { type, unit = '', factor = 1 } = kinds[kind] ?? { type: `enum:${kind}` as const };
  return names.split(' ').map((name) => ({ name, type, unit, factor, keepsFractions: factor !== 1 }));
}

/** The columns under a prefix: `code` becomes `http.code`. */
export function under(prefix: string, columns: Columns): Columns {
  const prefixed = (names: string): string => names.split(' ').map((name) => `${prefix}.${name}`).join(' ');
  return Object.fromEntries(Object.entries(columns).map(([kind, names]) => [kind, prefixed(names)]));
}
