import type { MetricDefinition } from '@meterlark/core';

export const definition: MetricDefinition = {
  name: 'm', kind: 'sum', scope: 'Service', labels: [], form: 'plain', factor: 1, precision: 'decimal', percentiles: [], edge: 'upper', windowMinutes: 1, unit: '', layer: 'GENERAL', origin: 'test',
};
