import type { Counter } from '../kernel/ambient.js';
import type { ExpressionQuery, ExpressionRequest, ExpressionResult, ExpressionSeries, MetadataQuery } from '../contract/query.js';
import { topRecordLists } from '../model/logs-model.js';
import type { MetricDefinition } from '../model/metric.js';
import { metricEntityId } from './entity-id.js';
import { isHeatMap, isLabeled, type MetricSeries } from './metric-values.js';
import type { MetricNode, Program, TopNode } from './mqe/ast.js';
import { evaluate, TooMuchWork, Work } from './mqe/evaluate.js';
import { bare, failure, outcome, unknown, type Outcome } from './mqe/outcome.js';
import type { ProgramCache } from './mqe/parse.js';
import { needsOf, type Need } from './mqe/walk.js';
import { before, pointsOf, pointStarts, timeBucket, type Points } from './points.js';
import type { SeriesReader } from './series-reader.js';
import type { TopRecords } from './top-records.js';
import type { TopRanking } from './top.js';

export interface ExpressionLimits {
  /** Points of a duration. */
  readonly points: number;
  /** Values that one expression may read and make. */
  readonly values: number;
  /** Rankings in one expression; each is a storage query. */
  readonly rankings: number;
}

export interface ExpressionParts {
  readonly programs: ProgramCache;
  readonly metadata: MetadataQuery;
  readonly series: SeriesReader;
  readonly ranking: TopRanking;
  readonly records: TopRecords;
  readonly expressions: Counter;
}

interface Evaluated {
  readonly request: ExpressionRequest;
  readonly points: Points;
  readonly work: Work;
}

/** Reads all an expression needs, then evaluates it without waiting again. */
export class MqeExpressionQuery implements ExpressionQuery {
  constructor(
    private readonly parts: ExpressionParts,
    private readonly limits: ExpressionLimits,
  ) {}

  async evaluate(request: ExpressionRequest): Promise<ExpressionResult> {
    const result = await this.outcomeOf(request);
    this.parts.expressions.add(1, { result: result.error === undefined ? 'ok' : 'fault' });
    return { type: result.type, results: result.series, error: result.error };
  }

  private async outcomeOf(request: ExpressionRequest): Promise<Outcome> {
    const points = pointsOf(request.duration, this.limits.points);
    const parsed = this.parts.programs.parse(request.expression);
    if ('error' in parsed) return failure(parsed.error);
    const needs = needsOf(parsed.program.root);
    if (needs.filter(({ use }) => use === 'top').length > this.limits.rankings) {
      return failure(`The expression has more than ${this.limits.rankings} top_n.`);
    }
    return this.run(parsed.program, needs, { request, points, work: new Work(this.limits.values) });
  }

  private async run(program: Program, needs: readonly Need[], evaluated: Evaluated): Promise<Outcome> {
    const { work, points } = evaluated;
    try {
      const read = await Promise.all(needs.map((need) => this.read(need, evaluated)));
      const outcomes = new Map<MetricNode | TopNode, Outcome>(needs.map(({ node }, index) => [node, read[index] ?? unknown]));
      return evaluate(program, { outcomes, work, secondsPerPoint: points.lengthMs / 1000 });
    } catch (error) {
      if (error instanceof TooMuchWork) return failure(error.message);
      throw error;
    }
  }

  private async read(need: Need, evaluated: Evaluated): Promise<Outcome> {
    const { node } = need;
    const name = node.kind === 'top' ? node.metric.name : node.name;
    const definition = await this.parts.metadata.metric(name);
    if (definition === undefined) return this.records(name, need, evaluated);
    switch (need.use) {
      case 'top':
        return this.parts.ranking.rank({ ...evaluated, definition, node: need.node });
      case 'baseline':
        return baseline(definition, evaluated.points);
      case 'series':
        return this.series(definition, need, evaluated);
    }
  }

  /** What is no metric may be a list of records. */
  private async records(name: string, need: Need, evaluated: Evaluated): Promise<Outcome> {
    const scope = topRecordLists.get(name);
    if (scope === undefined) return failure(`Metric: [${name}] does not exist.`);
    if (need.use !== 'top') return failure(`Metric: [${name}] is topN record, need top_n function for query.`);
    return this.parts.records.rank({ ...evaluated, scope, node: need.node });
  }

  private async series(definition: MetricDefinition, need: Extract<Need, { use: 'series' }>, evaluated: Evaluated): Promise<Outcome> {
    const { request, work } = evaluated;
    const labeled = isLabeled(definition);
    const entityId = metricEntityId(definition.scope, request.entity);
    if (isHeatMap(definition) || (entityId === undefined && !labeled)) return unknown;
    const { extra, node } = need;
    const spend = (values: number): void => work.spend(values);
    const { tenant } = request;
    const found = await this.parts.series.read(definition, { tenant, entityId, points: evaluated.points, extra, filters: node.filters, spend });
    const ids = pointStarts(before(evaluated.points, extra)).map(String);
    return outcome('TIME_SERIES_VALUES', found.map((series) => expressionSeries(series, ids)), labeled);
  }
}

function expressionSeries({ labels, values }: MetricSeries, ids: readonly string[]): ExpressionSeries {
  return {
    labels: labels.map(([key, value]) => ({ key, value })),
    values: values.map((value, index) => ({ ...bare(value), id: ids[index] })),
  };
}

/** There are no predictions; upstream's ids here are time buckets. */
function baseline(definition: MetricDefinition, points: Points): Outcome {
  if (isLabeled(definition)) return outcome('TIME_SERIES_VALUES', []);
  const values = pointStarts(points).map((timeMs) => ({ ...bare(undefined), id: timeBucket(timeMs, points.step) }));
  return outcome('TIME_SERIES_VALUES', [{ labels: [], values }]);
}
