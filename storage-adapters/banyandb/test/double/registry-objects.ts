/** The objects of the registry, as their messages are. */
import type { MetadataMessage } from './messages.js';

export type ObjectKind = 'group' | 'measure' | 'stream' | 'trace' | 'property' | 'indexRule' | 'indexRuleBinding';

export interface TagSpecMessage {
  readonly name: string;
  readonly type: string;
}
export interface IntervalMessage {
  readonly unit?: string;
  readonly num?: number;
}

/** Any object of the registry: what is not of its kind is missing. */
export interface RegistryObject {
  readonly metadata?: MetadataMessage & Record<string, unknown>;
  readonly catalog?: string;
  readonly resourceOpts?: { readonly shardNum?: number; readonly segmentInterval?: IntervalMessage; readonly ttl?: IntervalMessage };
  readonly tagFamilies?: readonly { readonly name: string; readonly tags: readonly TagSpecMessage[] }[];
  readonly fields?: readonly { readonly name: string; readonly fieldType?: string; readonly compressionMethod?: string }[];
  readonly entity?: { readonly tagNames: readonly string[] };
  readonly interval?: string;
  readonly indexMode?: boolean;
  readonly traceIdTagName?: string;
  readonly spanIdTagName?: string;
  readonly timestampTagName?: string;
  /** TagSpecs of a trace or a property; names of an index rule. */
  readonly tags?: readonly (TagSpecMessage | string)[];
  readonly type?: string;
  readonly noSort?: boolean;
  readonly rules?: readonly string[];
  readonly subject?: { readonly catalog?: string; readonly name?: string };
  readonly beginAt?: object;
  readonly expireAt?: object;
  readonly updatedAt?: unknown;
  readonly createdAt?: unknown;
}
