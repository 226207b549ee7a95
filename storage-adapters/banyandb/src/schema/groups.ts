/** The groups of BanyanDB: what is kept equally long and in the same places is in one group. */
import type { Lifetime, Step } from '@meterlark/core';
import { spareDays } from '../ahead.js';
import { keptDays } from '../check-settings.js';
import type { BanyanSettings, StagedKey } from '../settings.js';
import type { Catalog, GroupSpec, StageSpec } from './model.js';

type Named = Pick<BanyanSettings, 'namespace'>;

/** Entities stay known a month longer than the longest numbers about them. */
const entityDaysMore = 30;

export function metricGroup({ namespace }: Named, step: Step): string {
  return `${namespace}_metric_${step}`;
}

/** Models without a trace id. */
export function recordGroup({ namespace }: Named, lifetime: Lifetime): string {
  return `${namespace}_records_${lifetime}`;
}

/** Models with a trace id. */
export function spanGroup({ namespace }: Named): string {
  return `${namespace}_spans`;
}

export function entityGroup({ namespace }: Named): string {
  return `${namespace}_entities`;
}

export function documentGroup({ namespace }: Named): string {
  return `${namespace}_documents`;
}

/** All of them, by name. */
export function groupSpecs(settings: BanyanSettings): ReadonlyMap<string, GroupSpec> {
  const specs = [
    ...(['minute', 'hour', 'day'] as const).map((step) => staged(settings, step, { name: metricGroup(settings, step), catalog: 'measure' })),
    ...(['trace', 'call', 'content', 'log'] as const).map((lifetime) =>
      staged(settings, lifetime, { name: recordGroup(settings, lifetime), catalog: 'stream' }),
    ),
    staged(settings, 'trace', { name: spanGroup(settings), catalog: 'trace' }),
    entities(settings),
    documents(settings),
  ];
  return new Map(specs.map((spec) => [spec.name, spec]));
}

/**
 * The server adds lifetimes up: each stage, the first included, says how long data stay there. Retention is the sum, on every
 * path: without later stages the first one keeps them to the end. The last one keeps them a little longer, see ahead.ts.
 */
function staged(settings: BanyanSettings, key: StagedKey, identity: { name: string; catalog: Catalog }): GroupSpec {
  const { segmentDays, shards, replicas, warmFromDays, coldFromDays } = settings.groups[key];
  const begins = [
    { name: 'warm' as const, fromDays: warmFromDays },
    { name: 'cold' as const, fromDays: coldFromDays },
  ].filter(({ fromDays }) => fromDays > 0);
  const endsAt = (index: number) => begins[index]?.fromDays ?? keptDays(settings)[key] + spareDays;
  const stages = begins.map(({ name, fromDays }, index): StageSpec => {
    // One segment grid and one sharding in all stages: a segment then moves as files instead of row by row.
    return { name, shards, segmentDays, ttlDays: endsAt(index + 1) - fromDays, ...settings.stages[name], close: name === 'cold' };
  });
  return { ...identity, shards, segmentDays, ttlDays: endsAt(0), replicas, stages };
}

function entities(settings: BanyanSettings): GroupSpec {
  const ttlDays = settings.retention.dayDays + entityDaysMore + spareDays;
  return { name: entityGroup(settings), catalog: 'measure', ...settings.groups.entities, ttlDays, stages: [] };
}

function documents(settings: BanyanSettings): GroupSpec {
  return { name: documentGroup(settings), catalog: 'property', ...settings.groups.documents, segmentDays: 0, ttlDays: 0, stages: [] };
}
