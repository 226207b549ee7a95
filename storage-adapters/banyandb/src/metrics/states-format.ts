/**
 * The field `states`: a format byte, the number of states, then of each: labels (length, UTF-8), a byte that says how its
 * parts are written, `a`, `b`, slots, histogram. Whole numbers are varints (7 bits a byte, low ones first), others 8-byte doubles.
 */
export const statesFormat = 1;

/** Bits 0 and 1 of the byte for `a`, 2 and 3 for `b`. */
export const numberForm = { zero: 0, whole: 1, double: 2 } as const;
/** Bits 4 and 5: two varints of 30 bits each, the low one first. */
export const slotForm = { none: 0, one: 1, halves: 2 } as const;
/** Bit 6; the number of its buckets and a byte of forms come first. */
export const hasHistogram = 0x40;
/** Otherwise whole: the first bound in zigzag, then the distances from bound to bound. */
export const boundsAsDoubles = 1;
/** Otherwise whole and not negative. */
export const countsAsDoubles = 2;

export const slotHalf = 30;
export const slotHalfSize = 2 ** slotHalf;
/** Up to here zigzag and distances stay exact. */
export const maxDeltaBound = 2 ** 52;
