/** Buckets that are remembered; far more than any lifetime has, for times ahead have no bound. */
const maxBuckets = 20_000;

/**
 * Rows that were open once, as hashes: to take one for gone that is not costs a look-up, the other way round would cost data.
 * What exceeds the bound makes a bucket one whose rows may all be gone, or all buckets.
 */
export class GoneRows {
  private readonly buckets = new Map<number, Set<number> | 'any'>();
  private hashes = 0;
  private isAny = false;

  constructor(private readonly maxHashes: number) {}

  add(bucketMs: number, key: string): void {
    const bucket = this.buckets.get(bucketMs) ?? this.bucketFor(bucketMs);
    if (bucket === undefined || bucket === 'any') return;
    const before = bucket.size;
    bucket.add(hashOf(key));
    this.hashes += bucket.size - before;
    if (this.hashes <= this.maxHashes) return;
    this.hashes -= bucket.size;
    this.buckets.set(bucketMs, 'any');
  }

  mayHave(bucketMs: number, key: string): boolean {
    if (this.isAny) return true;
    const bucket = this.buckets.get(bucketMs);
    return bucket !== undefined && (bucket === 'any' || bucket.has(hashOf(key)));
  }

  /** Forgets the buckets before. */
  expire(horizonMs: number): void {
    for (const [bucketMs, bucket] of this.buckets) {
      if (bucketMs >= horizonMs) continue;
      if (bucket !== 'any') this.hashes -= bucket.size;
      this.buckets.delete(bucketMs);
    }
  }

  private bucketFor(bucketMs: number): Set<number> | undefined {
    if (this.buckets.size >= maxBuckets) {
      this.isAny = true;
      return undefined;
    }
    const bucket = new Set<number>();
    this.buckets.set(bucketMs, bucket);
    return bucket;
  }
}

/** FNV-1a of the UTF-16 units, 31 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 1;
}
