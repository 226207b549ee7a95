/** From a sample's labels to the key of its series: the pure half of making a route. */
import { boundsPerUnit, canonicalLabels, entityId } from '@meterlark/core';
import type { MetricKind, Scope, SeriesKey } from '@meterlark/core';
import type { Labels, MetricPlan, Placement, Term } from '../plan.js';
import { canonicalText } from './canonical.js';
import type { Field } from './route.js';

/** What is known of a stream when its route is made. */
export interface RouteInput {
  readonly tenant: string;
  /** Canonical text or hash of the resource: the source of totals. */
  readonly source: string;
  readonly scope: Scope;
  readonly labels: Labels;
  readonly fields: readonly Field[];
}

export interface Placed {
  readonly placement: Placement;
  readonly key: SeriesKey;
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

/** The four files of a layer share one filter: run each function once. */
export function filterOnce(labels: Labels): (plan: MetricPlan) => boolean {
  const known = new Map<unknown, boolean>();
  return ({ filter }) => {
    if (filter === undefined) return true;
    const result = known.get(filter) ?? filter(labels);
    known.set(filter, result);
    return result;
  };
}

export function applySteps(term: Term, labels: Labels): readonly Labels[] {
  let samples: readonly Labels[] = [labels];
  for (const step of term.steps) samples = samples.flatMap((sample) => step(sample));
  return samples;
}

export function grouped(term: Term, labels: Labels): Labels {
  return term.preAggregate === undefined ? labels : pick(labels, term.preAggregate.by);
}

export function reduce(term: Term, labels: Labels): Labels {
  return term.by === undefined ? labels : pick(labels, term.by);
}

function pick(labels: Labels, names: readonly string[]): Labels {
  return new Map(names.map((name) => [name, labels.get(name) ?? '']));
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
  return canonicalText(canonicalLabels([...pick(labels, counted)]));
}

export function place(input: RouteInput, plan: MetricPlan, labels: Labels, source: string): Placed | undefined {
  const placement = plan.place(labels);
  if (placement === undefined) return undefined;
  const { name, kind } = plan.definition;
  return { placement, key: seriesKey({ tenant: input.tenant, name, kind, source }, placement) };
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
