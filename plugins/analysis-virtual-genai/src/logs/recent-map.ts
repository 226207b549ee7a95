/** Values of keys of late, in two generations: what was not set for a whole one is forgotten. */
export class RecentMap<V> {
  private young = new Map<string, V>();
  private old = new Map<string, V>();

  constructor(
    /** Keys remembered, in two generations of half of it each. */
    private readonly maxKeys: number,
  ) {}

  get(key: string): V | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  has(key: string): boolean {
    return this.young.has(key) || this.old.has(key);
  }

  /** Goes on with a key that may be there already. */
  keep(key: string, value: V): void {
    if (!this.young.has(key)) this.set(key, value);
  }

  set(key: string, value: V): void {
    if (this.young.size >= this.maxKeys / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }
}
