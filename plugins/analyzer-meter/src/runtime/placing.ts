/** From a sample's labels to the key of its series: the pure half of making a route. */
import { boundsPerUnit, canonicalLabels, entityId } from '@meterlark/core';
import type { MetricKind, Scope, SeriesKey } from '@meterlark/core';
import type { Labels, MetricPlan, Placement, Term } from '../plan.js';
import { canonicalText } from './canonical.js';
import type { Field } from './route.js';
import type { Placed, Sample } from './sample.js';

/** What is known of a stream when its route is made. */
export interface RouteInput {
  readonly tenant: string;
  /** Canonical text or hash of the resource: the source of totals. */
  readonly source: string;
  readonly scope: Scope;
  readonly labels: Labels;
  readonly fields: readonly Field[];
}

/** Millionths of the unit; what integers cannot say exactly becomes the greatest they can. The open bucket stays infinite. */
export function storedBound(upper: number): number {
  if (!Number.isFinite(upper)) return upper;
  const greatest = Number.MAX_SAFE_INTEGER;
  return Math.max(-greatest, Math.min(greatest, Math.round(upper * boundsPerUnit)));
}

export function isPlainDelta(plan: MetricPlan, term: Term): boolean {
  if (plan.body.kind !== 'sum' && plan.body.kind !== 'ratio') return false;
  return term.reads === 'delta' && term.keeps === undefined && term.preAggregate === undefined;
}

export function applySteps(term: Term, sample: Sample): readonly Sample[] {
  let samples: readonly Sample[] = [sample];
  for (const step of term.steps) {
    const [only, ...others] = samples;
    samples = only !== undefined && others.length === 0 ? only.through(step) : samples.flatMap((each) => each.through(step));
  }
  return samples;
}

export function grouped(term: Term, sample: Sample): Sample {
  return term.preAggregate === undefined ? sample : sample.only(term.preAggregate.by);
}

export function reduce(term: Term, sample: Sample): Sample {
  return term.by === undefined ? sample : sample.only(term.by);
}

/** Source of the series; undefined when a label to be counted is blank. */
export function sourceOf(plan: MetricPlan, labels: Labels, resource: string): string | undefined {
  switch (plan.body.kind) {
    case 'total':
    case 'totalMax':
    case 'totalMin':
    case 'totalLatest':
      return resource;
    case 'count':
      return countedSource(plan.body.counted, labels);
    default:
      return '';
  }
}

function countedSource(counted: readonly string[], labels: Labels): string | undefined {
  if (counted.length === 0) return canonicalText(canonicalLabels([...labels]));
  if (counted.some((name) => (labels.get(name) ?? '').trim() === '')) return undefined;
  return canonicalText(canonicalLabels(counted.map((name) => [name, labels.get(name) ?? ''])));
}

/** Series of the plan for a sample that has been placed. */
export function keyOf(input: RouteInput, { definition }: MetricPlan, placed: Placed, source: string): SeriesKey {
  const { tenant } = input;
  const { entityId, labels } = placed;
  return { tenant, metric: definition.name, kind: definition.kind, entityId, labels, source };
}

export function seriesKey(
  metric: { readonly tenant: string; readonly name: string; readonly kind: MetricKind; readonly source: string },
  placement: Placement,
): SeriesKey {
  return {
    tenant: metric.tenant,
    metric: metric.name,
    kind: metric.kind,
    entityId: entityId(placement.entity),
    labels: canonicalLabels([...placement.labels]),
    source: metric.source,
  };
}
