/** Makes routes: runs filter, label steps, grouping and placer of every plan once for a stream. */
import { canonicalLabels } from '@meterlark/core';
import type { SeriesKey } from '@meterlark/core';
import type { Labels, MetricPlan, Term } from '../plan.js';
import { filterLabels } from './labels.js';
import type { PlanIndex, PlanTerm } from './plan-index.js';
import type { Action, EvaluatedInput, Field, Group, Route, Target } from './route.js';
import { applySteps, filterOnce, grouped, isPlainDelta, place, reduce, sourceOf, storedBound, type Placed, type RouteInput } from './placing.js';
import { RouteAssembler } from './route-assembler.js';
import type { SeriesTable } from './series-table.js';

export interface RuleFailure {
  readonly metric: string;
  readonly cause: unknown;
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
    input.fields.forEach((field, index) => this.routeField(input, field, index, assembler));
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

  private routeField(input: RouteInput, field: Field, index: number, into: RouteAssembler): void {
    const terms = this.plans.termsOf(field.family);
    const evaluated = this.plans.evaluatedOf(field.family);
    if (terms.length === 0 && evaluated.length === 0) return;
    const labels = field.label === undefined ? input.labels : new Map(input.labels).set(field.label[0], field.label[1]);
    const passes = filterOnce(filterLabels(labels, input.scope));
    for (const term of terms) {
      this.guard(term.plan, () => passes(term.plan) && this.routeTerm(input, term, { index, labels }, into));
    }
    for (const plan of evaluated) {
      this.guard(plan, () => passes(plan) && into.evaluated.push(evaluatedInput(plan, field, index, labels)));
    }
  }

  /** A closure that fails on a sample costs that sample of that metric, nothing else. */
  private guard(plan: MetricPlan, work: () => unknown): void {
    try {
      work();
    } catch (cause) {
      this.failed({ metric: plan.definition.name, cause });
    }
  }

  private routeTerm(
    input: RouteInput,
    planTerm: PlanTerm,
    sample: { readonly index: number; readonly labels: Labels },
    into: RouteAssembler,
  ): void {
    for (const labels of applySteps(planTerm.term, sample.labels)) {
      if (planTerm.plan.body.kind === 'histogram') this.routeBucket(input, planTerm, { index: sample.index, labels }, into);
      else this.routeValue(input, planTerm, { index: sample.index, labels }, into);
    }
  }

  private routeBucket(
    input: RouteInput,
    { plan, term }: PlanTerm,
    { index, labels }: { readonly index: number; readonly labels: Labels },
    into: RouteAssembler,
  ): void {
    if (plan.body.kind !== 'histogram') return;
    const upper = Number(labels.get(plan.body.leLabel) || Number.NaN);
    if (Number.isNaN(upper)) return;
    const rest = new Map(reduce(term, labels));
    rest.delete(plan.body.leLabel);
    const placed = place(input, plan, rest, '');
    if (placed === undefined) return;
    into.seen(placed.key.entityId, placed.placement, input.tenant);
    into.bucket(index, placed.key, storedBound(upper * plan.body.unitScale), term.coefficient);
  }

  private routeValue(
    input: RouteInput,
    planTerm: PlanTerm,
    { index, labels }: { readonly index: number; readonly labels: Labels },
    into: RouteAssembler,
  ): void {
    const { plan, term } = planTerm;
    const source = sourceOf(plan, labels, input.source);
    const reduced = reduce(term, grouped(term, labels));
    const placed = source === undefined ? undefined : place(input, plan, reduced, source);
    if (placed === undefined) return;
    into.seen(placed.key.entityId, placed.placement, input.tenant);
    if (isPlainDelta(plan, term)) {
      const entry = { ref: this.series.acquire(placed.key), offset: planTerm.offset, factor: term.coefficient };
      into.add(index, plan.body.kind === 'sum' ? 'always' : 'moved', entry); return;
    }
    into.targets.push(this.target(input, planTerm, placed, { index, labels }));
  }

  private target(
    input: RouteInput,
    planTerm: PlanTerm,
    placed: Placed,
    sample: { readonly index: number; readonly labels: Labels },
  ): Target {
    const { term } = planTerm;
    const action = this.action(planTerm, placed.key);
    const common = { field: sample.index, reads: term.reads, coefficient: term.coefficient, keeps: term.keeps };
    if (term.preAggregate === undefined) return { ...common, action };
    const groupLabels = canonicalLabels([...grouped(term, sample.labels)]);
    const id = JSON.stringify([planTerm.id, input.tenant, input.source, groupLabels]);
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

  private action({ plan, offset, extra }: PlanTerm, key: SeriesKey): Action {
    const ref = this.series.acquire(key);
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

function evaluatedInput(plan: MetricPlan, field: Field, index: number, labels: Labels): EvaluatedInput {
  return { plan, family: field.family, field: index, labels };
}
