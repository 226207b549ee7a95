/** Makes routes: takes a stream's labels through filter, label steps, grouping and placer of every plan, once. */
import { canonicalLabels } from '@meterlark/core';
import type { SeriesKey } from '@meterlark/core';
import type { Labels, MetricPlan, Term } from '../plan.js';
import type { PlanIndex, PlanTerm } from './plan-index.js';
import type { Action, Field, Group, Route, Target } from './route.js';
import { applySteps, grouped, isPlainDelta, keyOf, reduce, sourceOf, storedBound, type RouteInput } from './placing.js';
import { RouteAssembler } from './route-assembler.js';
import { RootSample, type Sample } from './sample.js';
import type { SeriesTable } from './series-table.js';

export interface RuleFailure {
  readonly metric: string;
  readonly cause: unknown;
  /** How many samples it cost. */
  readonly samples: number;
}

/** Fields that differ in the value of one label (`le`, `quantile`), or a single one. */
interface FieldRun {
  readonly first: number;
  readonly fields: readonly Field[];
}

/** Fields of one way through a term, with the sample that goes it for them. */
interface Way {
  readonly first: number;
  readonly fields: readonly Field[];
  readonly root: RootSample;
}

/** A sample on its way, for the fields of the way. */
interface Traveller extends Way {
  readonly sample: Sample;
}

interface SeriesAt {
  readonly key: SeriesKey;
  readonly place: string;
}

export class Router {
  private readonly groups = new Map<string, Group>();

  constructor(
    private readonly plans: PlanIndex,
    private readonly series: SeriesTable,
    private readonly failed: (failure: RuleFailure) => void,
  ) {}

  build(input: RouteInput): Route {
    const assembler = new RouteAssembler(this.series, this.plans.generation, input.fields.length);
    const plain = new RootSample(input.labels, input.scope);
    for (const run of runsOf(input.fields)) this.routeRun(input, run, plain, assembler);
    return assembler.finish();
  }

  release(route: Route): void {
    for (const ref of route.refs) this.series.release(ref);
    for (const entity of route.entities) this.series.releaseEntity(entity);
    for (const { action } of route.targets) {
      if (action.op === 'group') this.releaseGroup(action.group);
      else this.series.release(action.ref);
    }
  }

  private releaseGroup(group: Group): void {
    group.users -= 1;
    this.series.release(group.action.ref);
    if (group.users === 0) this.groups.delete(group.id);
  }

  private routeRun(input: RouteInput, { first, fields }: FieldRun, plain: RootSample, into: RouteAssembler): void {
    const [field] = fields;
    if (field === undefined || !this.plans.reads(field.family)) return;
    const roots: RootSample[] = [];
    const way = (index: number, over: readonly Field[]): Way => {
      const root = (roots[index] ??= rootOf(input, fields[index] ?? field, plain));
      return { first: first + index, fields: over, root };
    };
    for (const term of this.plans.termsOf(field.family)) {
      if (term.together !== undefined && term.together === field.label?.[0]) this.routeTerm(input, term, way(0, fields), into);
      else fields.forEach((own, index) => { this.routeTerm(input, term, way(index, [own]), into); });
    }
    for (const plan of this.plans.evaluatedOf(field.family)) {
      fields.forEach((own, index) => { this.routeEvaluated(plan, way(index, [own]), into); });
    }
  }

  private routeEvaluated(plan: MetricPlan, { first, fields, root }: Way, into: RouteAssembler): void {
    this.guard(plan, fields.length, () => {
      if (!root.passes(plan.filter)) return;
      for (const { family } of fields) into.evaluated.push({ plan, family, field: first, labels: root.labels });
    });
  }

  /** A closure that fails on a sample costs that sample of that metric, nothing else. */
  private guard(plan: MetricPlan, samples: number, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.failed({ metric: plan.definition.name, cause, samples });
    }
  }

  private routeTerm(input: RouteInput, planTerm: PlanTerm, way: Way, into: RouteAssembler): void {
    const { plan, term } = planTerm;
    this.guard(plan, way.fields.length, () => {
      if (!way.root.passes(plan.filter)) return;
      for (const sample of applySteps(term, way.root)) {
        if (plan.body.kind === 'histogram') this.routeBuckets(input, planTerm, { ...way, sample }, into);
        else this.routeValue(input, planTerm, { ...way, sample }, into);
      }
    });
  }

  private routeBuckets(input: RouteInput, { plan, term }: PlanTerm, way: Traveller, into: RouteAssembler): void {
    if (plan.body.kind !== 'histogram') return;
    const { leLabel, unitScale } = plan.body;
    const { first, fields, sample } = way;
    const uppers = fields.length === 1 ? [sample.labels.get(leLabel)] : fields.map(({ label }) => label?.[1]);
    const bounds = uppers.map((upper) => Number(upper || Number.NaN));
    if (bounds.every(Number.isNaN)) return;
    const placed = reduce(term, sample).without(leLabel).placedBy(plan.place);
    if (placed === undefined) return;
    into.seen(placed, input.tenant);
    const buckets = into.histogram(keyOf(input, plan, placed, ''), placed.place);
    bounds.forEach((upper, index) => {
      if (Number.isNaN(upper)) return;
      buckets.push({ field: first + index, bound: storedBound(upper * unitScale), factor: term.coefficient });
    });
  }

  private routeValue(input: RouteInput, planTerm: PlanTerm, { first, sample }: Traveller, into: RouteAssembler): void {
    const { plan, term } = planTerm;
    const source = sourceOf(plan, sample.labels, input.source);
    const group = grouped(term, sample);
    const placed = source === undefined ? undefined : reduce(term, group).placedBy(plan.place);
    if (source === undefined || placed === undefined) return;
    into.seen(placed, input.tenant);
    const key = keyOf(input, plan, placed, source);
    if (isPlainDelta(plan, term)) {
      const entry = { ref: this.series.acquire(key, placed.place), offset: planTerm.offset, factor: term.coefficient };
      into.add(first, plan.body.kind === 'sum' ? 'always' : 'moved', entry);
      return;
    }
    into.targets.push(this.target(input, planTerm, { key, place: placed.place }, { field: first, group: group.labels }));
  }

  private target(
    input: RouteInput,
    planTerm: PlanTerm,
    at: SeriesAt,
    { field, group }: { readonly field: number; readonly group: Labels },
  ): Target {
    const { term } = planTerm;
    const action = this.action(planTerm, at);
    const common = { field, reads: term.reads, coefficient: term.coefficient, keeps: term.keeps };
    if (term.preAggregate === undefined) return { ...common, action };
    const id = JSON.stringify([planTerm.id, input.tenant, input.source, canonicalLabels([...group])]);
    return { ...common, action: { op: 'group', group: this.acquireGroup(id, term, term.preAggregate.function, action) } };
  }

  private acquireGroup(id: string, term: Term, merge: Group['function'], action: Action): Group {
    let group = this.groups.get(id);
    if (group === undefined) {
      const { reads, coefficient } = term;
      group = { id, function: merge, reads, coefficient, action, users: 0, value: 0, timeMs: -1 };
      this.groups.set(id, group);
    }
    group.users += 1;
    return group;
  }

  private action({ plan, offset, extra }: PlanTerm, { key, place }: SeriesAt): Action {
    const ref = this.series.acquire(key, place);
    const { kind } = plan.body;
    switch (kind) {
      case 'sum':
      case 'ratio':
        return { op: 'add', ref, offset };
      case 'gauge':
        return extra ? { op: 'add', ref, offset: 0 } : { op: 'mean', ref };
      case 'total':
      case 'totalMax':
      case 'totalMin':
      case 'totalLatest':
        return { op: 'push', ref, merge: kind, counts: !extra };
      case 'min':
      case 'max':
      case 'latest':
      case 'count':
        return { op: kind, ref };
      default:
        throw new TypeError(`a plan of kind ${kind} has no scalar series`);
    }
  }
}

/** Neighbours of one family and one label, as the reader gives the buckets of a histogram. */
function runsOf(fields: readonly Field[]): FieldRun[] {
  const runs: { readonly first: number; readonly fields: Field[] }[] = [];
  fields.forEach((field, first) => {
    const last = runs.at(-1);
    const head = last?.fields[0];
    const joins = field.label !== undefined && head?.family === field.family && head.label?.[0] === field.label[0];
    if (last !== undefined && joins) last.fields.push(field);
    else runs.push({ first, fields: [field] });
  });
  return runs;
}

function rootOf({ labels, scope }: RouteInput, { label }: Field, plain: RootSample): RootSample {
  return label === undefined ? plain : new RootSample(new Map(labels).set(label[0], label[1]), scope);
}
