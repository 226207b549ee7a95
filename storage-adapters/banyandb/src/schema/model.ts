/** What is installed in BanyanDB, as plain data. */

/** There are no decimals among tags. `strings` cannot be part of an entity. */
export type TagKind = 'string' | 'int' | 'binary' | 'strings' | 'timestamp';
export type FieldKind = 'string' | 'int' | 'binary' | 'float';
export type Catalog = 'measure' | 'stream' | 'trace' | 'property';

export interface TagSpec {
  readonly name: string;
  readonly kind: TagKind;
}

/** One index rule and its binding; named as the rule is in its group: rules of one name must be equal in all objects of a group. */
export interface IndexSpec {
  readonly name: string;
  /** tree: the order key comes last. */
  readonly tags: readonly string[];
  readonly type: 'inverted' | 'skipping' | 'tree';
  readonly sortable: boolean;
}

export interface StageSpec {
  readonly name: string;
  readonly shards: number;
  readonly segmentDays: number;
  readonly ttlDays: number;
  readonly replicas: number;
  readonly nodeSelector: string;
  readonly close: boolean;
}

/** `days` and `segmentDays` are 0 for properties, which have no lifetime. */
export interface GroupSpec {
  readonly name: string;
  readonly catalog: Catalog;
  readonly shards: number;
  readonly segmentDays: number;
  readonly ttlDays: number;
  readonly replicas: number;
  readonly stages: readonly StageSpec[];
}

/** All tags of a measure or a stream are in one family of this name. */
export const tagFamily = 'row';

interface ObjectSpec {
  readonly group: string;
  readonly name: string;
  readonly tags: readonly TagSpec[];
}

export interface MeasureSpec extends ObjectSpec {
  readonly catalog: 'measure';
  readonly fields: readonly { readonly name: string; readonly kind: FieldKind }[];
  readonly entity: readonly string[];
  /** Go duration: `1m`, `1h`, `24h`. */
  readonly interval: string;
  readonly indexes: readonly IndexSpec[];
}

export interface StreamSpec extends ObjectSpec {
  readonly catalog: 'stream';
  readonly entity: readonly string[];
  readonly indexes: readonly IndexSpec[];
}

export interface TraceSpec extends ObjectSpec {
  readonly catalog: 'trace';
  readonly traceIdTag: string;
  readonly spanIdTag: string;
  readonly timestampTag: string;
  readonly indexes: readonly IndexSpec[];
}

export interface PropertySpec extends ObjectSpec {
  readonly catalog: 'property';
}

export type SchemaSpec = MeasureSpec | StreamSpec | TraceSpec | PropertySpec;

/** Makes and evolves what is described; resolves when writes and queries can use it. Cheap to repeat. */
export interface BanyanSchema {
  install(specs: readonly SchemaSpec[]): Promise<void>;
}
