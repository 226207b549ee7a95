/** Times that may be written, in epoch µs; the end not included. */
export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export function isWithin({ fromUs, toUs }: TimeWindow, timeUs: number): boolean {
  return timeUs >= fromUs && timeUs < toUs;
}
