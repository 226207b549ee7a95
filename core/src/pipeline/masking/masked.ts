/** The value has to go. */
export const dropped = Symbol('dropped');
export type Masked<T> = T | typeof dropped;
