/**
 * Hot path: which bucket a value falls into. Buckets are `width` wide as long as a series has few of them; one whose
 * values are spread out gets coarser ones, so that no series needs more than a thousand and the lower edge that is
 * shown is at most 1/64 below the value. Lower edges of coarse buckets are lower edges of fine ones too, so that what
 * was counted in either adds up.
 */

/** Buckets below this number are always exact; from there on each doubling of the value has half as many. */
const coarseFrom = 128;
const fineFrom = 8192;
/** A series with more buckets than this goes on with coarse ones. */
export const mostFineBuckets = 256;
/** An hour of 10 ms. */
const lastIndex = 360_000;

/** Number of the lower edge, in widths. */
export function bucketIndex(value: number, width: number, isCoarse: boolean): number {
  const index = value < width ? 0 : Math.floor(value / width);
  const exact = isCoarse ? coarseFrom : fineFrom;
  if (index < exact) return index;
  const limited = index > lastIndex ? lastIndex : index;
  // Highest power of two in it over that of `exact`: the more, the wider the step.
  const step = 2 ** (32 - Math.clz32(limited) - (32 - Math.clz32(exact)) + 1);
  return limited - (limited % step);
}
