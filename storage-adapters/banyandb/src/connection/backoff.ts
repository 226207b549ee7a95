import type { BanyanSettings } from '../settings.js';

export interface Waiting {
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Doubles from try to try; half of it by chance, so that many clients do not come back together. */
export function waitBefore(attempt: number, { initialMs, maxMs }: BanyanSettings['retry'], { sleep, random }: Waiting): Promise<void> {
  const longest = Math.min(maxMs, initialMs * 2 ** (attempt - 2));
  return sleep(longest * (0.5 + random() / 2));
}
