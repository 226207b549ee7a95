/** Attributes, and who or what they are about: what metrics and spans have in common. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | Uint8Array
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>;

/**
 * First occurrence of a key wins. Receivers intern equal attribute sets, so equal content is usually (never
 * surely) the same object: identity may serve as a cache key, never as the proof of a difference.
 */
export type Attributes = ReadonlyMap<string, AttributeValue>;

export interface Resource {
  readonly attributes: Attributes;
}

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: Attributes;
}
