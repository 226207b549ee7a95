/**
 * Values under a canonical text, found faster by the identity of an object that had this text before. Identity is
 * only a short cut: senders whose receiver does not intern pay the canonical text at every look-up.
 */
export class IdentityCache<K extends object, V extends { readonly key: string }> {
  private readonly byObject = new Map<K, V>();
  private readonly byKey = new Map<string, V>();

  get size(): number {
    return this.byKey.size;
  }

  /** `make` may refuse (undefined); refusals are not remembered. */
  find(object: K, keyOf: () => string, make: (key: string) => V | undefined): V | undefined {
    const known = this.byObject.get(object);
    if (known !== undefined) return known;
    const key = keyOf();
    let value = this.byKey.get(key);
    if (value === undefined) {
      value = make(key);
      if (value === undefined) return undefined;
      this.byKey.set(key, value);
    }
    if (this.byObject.size > 2 * this.byKey.size + 16) this.byObject.clear();
    this.byObject.set(object, value);
    return value;
  }

  values(): IterableIterator<V> {
    return this.byKey.values();
  }

  /** Removes the values for which `expired` says so and returns their number. */
  sweep(expired: (value: V) => boolean): number {
    const before = this.byKey.size;
    for (const [key, value] of this.byKey) if (expired(value)) this.byKey.delete(key);
    if (this.byKey.size !== before) this.byObject.clear();
    return before - this.byKey.size;
  }
}
