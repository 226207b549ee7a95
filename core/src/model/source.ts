/** What OAL reads: one event of a source (a request served, a model call) with named columns. */

export type SourceValue = string | number | boolean | undefined;

/** Who the event is about. One object per entity, kept by the caller: identity serves as a cache key. */
export interface SourceEntity {
  readonly tenant: string;
  /** SkyWalking's id of the entity, of the source's scope. */
  readonly id: string;
}
