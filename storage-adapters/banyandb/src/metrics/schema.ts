import type { Step } from '@meterlark/core';
import type { MeasureSpec, TagSpec } from '../schema/model.js';

export const steps: readonly Step[] = ['minute', 'hour', 'day'];

const intervals: Readonly<Record<Step, string>> = { minute: '1m', hour: '1h', day: '24h' };

/**
 * A row is one part of what one writer knows of one bucket: all label sets of an entity and source in one field. Most rows
 * have one part, 0; label sets beyond what fits go into further ones. Questions name the leading tags.
 */
const entity = ['tenant', 'metric', 'kind', 'entity', 'source', 'writer', 'part'] as const;

export function metricMeasure(group: string, step: Step): MeasureSpec {
  return {
    catalog: 'measure',
    group,
    name: `metric_${step}`,
    tags: entity.map((name): TagSpec => ({ name, kind: name === 'part' ? 'int' : 'string' })),
    entity,
    // The last batch that is inside; the states as states-encoder.ts writes them.
    fields: [{ name: 'sequence', kind: 'int' }, { name: 'states', kind: 'binary' }],
    interval: intervals[step],
    indexes: [],
  };
}

/** Who has written rows: one row per writer and day, before the first metric row of that day. */
export function writerMeasure(group: string): MeasureSpec {
  return {
    catalog: 'measure',
    group,
    name: 'metric_writers',
    tags: [{ name: 'writer', kind: 'string' }],
    entity: ['writer'],
    fields: [{ name: 'seen', kind: 'int' }],
    interval: '24h',
    indexes: [],
  };
}

export function metricMeasures(groupOf: (step: Step) => string): readonly MeasureSpec[] {
  return [...steps.map((step) => metricMeasure(groupOf(step), step)), writerMeasure(groupOf('day'))];
}
