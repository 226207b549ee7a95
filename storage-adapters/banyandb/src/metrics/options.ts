import type { Step } from '@meterlark/core';

/** Of BanyanSettings, with the names of the groups. */
export interface BanyanMetricOptions {
  readonly retentionDays: Readonly<Record<Step, number>>;
  readonly groupOf: (step: Step) => string;
  /** Rows of one answer; longer ones are read in several. */
  readonly pageRows: number;
  /** Rows that one question may read; more is an error. */
  readonly maxScannedRows: number;
  /** Rows of each step whose running state is kept. */
  readonly maxOpenRows: number;
}
