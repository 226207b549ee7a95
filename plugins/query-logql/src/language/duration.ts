/** Durations as Loki writes them: `5m`, `1h30m`, `500ms`. */
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** `text` is one or more numbers with a unit each. */
export function durationMs(text: string): number {
  let total = 0;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)/g)) total += Number(count) * (unitsMs[unit] ?? 0);
  return total;
}

export function isDuration(text: string): boolean {
  return /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w|y))+$/.test(text);
}
