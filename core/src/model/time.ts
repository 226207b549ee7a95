import type { Step } from './metric.js';

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export const stepMs: Readonly<Record<Step, number>> = { minute: minuteMs, hour: hourMs, day: dayMs };

/** Start of the UTC bucket that holds the time, both epoch ms. */
export function bucketStart(timeMs: number, step: Step): number {
  const length = stepMs[step];
  return Math.floor(timeMs / length) * length;
}

/** Which slot bit of a total's hour or day row a minute fills: minute of the hour, 24-minute part of the day. */
export function slotOf(minuteStartMs: number, step: Step): number {
  if (step === 'minute') return 0;
  if (step === 'hour') return Math.floor((minuteStartMs % hourMs) / minuteMs);
  return Math.floor((minuteStartMs % dayMs) / (24 * minuteMs));
}
