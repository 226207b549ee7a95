/**
 * A typed name of a service. Interface and token share one name, so `MetricWriter` is both the type
 * and the key under which it is found. The key is `Symbol.for`, so that two copies of core agree.
 */
export interface ServiceToken<T> {
  readonly key: symbol;
  /** `<module>.<Service>`, e.g. `storage.MetricWriter`; shown in errors. */
  readonly name: string;
  /** Never present at run time; it carries the type. */
  readonly type?: T;
}

export function serviceToken<T>(name: string): ServiceToken<T> {
  return { key: Symbol.for(`meterlark:${name}`), name };
}
