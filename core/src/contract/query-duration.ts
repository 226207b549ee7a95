import type { Step } from '../model/metric.js';

/** SkyWalking's Duration, parsed: bucket starts, both ends included. A SECOND step has no metrics. */
export interface QueryDuration {
  readonly step: Step | 'second';
  readonly startMs: number;
  readonly endMs: number;
}
