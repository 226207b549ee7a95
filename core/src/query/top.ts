/** `top_n`: entities ranked by a metric, with their owners told from their ids. */
import type { ExpressionOwner, ExpressionRequest, ExpressionValue, MetadataQuery } from '../contract/query.js';
import type { EntityRecord, MetricReader, TopEntry, TopQuery } from '../contract/storage.js';
import { parseChildId, parseServiceId, serviceId, type EntityScope } from '../model/entity.js';
import type { MetricDefinition } from '../model/metric.js';
import { serviceOf } from './entity-id.js';
import { isLabeled } from './metric-values.js';
import type { AttributeCondition, TopNode } from './mqe/ast.js';
import type { Work } from './mqe/evaluate.js';
import { failure, outcome, unknown, type Outcome } from './mqe/outcome.js';
import type { Points } from './points.js';
import { isRankedBySeries, type SeriesRanking } from './series-ranking.js';

export interface TopRequest {
  readonly request: ExpressionRequest;
  readonly points: Points;
  readonly node: TopNode;
  readonly definition: MetricDefinition;
  readonly work: Work;
}

/** Entities looked at for attribute conditions and by their series, and the longest ranking. */
export const maxRanked = 10_000;

export class TopRanking {
  constructor(
    private readonly reader: MetricReader,
    private readonly metadata: MetadataQuery,
    private readonly series: SeriesRanking,
  ) {}

  async rank(asked: TopRequest): Promise<Outcome> {
    const refused = refusal(asked);
    if (refused !== undefined) return refused;
    const { request, definition, node, points } = asked;
    const { step } = points;
    const service = serviceOf(request.entity);
    const global = (request.entity.serviceName ?? '') === '';
    if (step === 'second' || (!global && service === undefined)) return ranking([]);
    const parentId = service === undefined ? undefined : serviceId(service);
    const entityIds = await this.matching(asked, parentId);
    if (entityIds?.length === 0) return ranking([]);
    const entries = await this.entries(asked, {
      tenant: request.tenant, definition, serviceId: parentId, entityIds, step,
      fromMs: points.startMs, toMs: points.startMs + points.count * points.lengthMs,
      order: node.order, limit: Math.min(node.limit, maxRanked),
    });
    const names = await this.processNames(asked, entries.map(({ entityId }) => entityId));
    return ranking(entries.map(({ entityId, value }) => ({
      ...describe(definition.scope, entityId, { global, names }),
      value: definition.precision === 'integer' ? truncated(value) : value,
      traceId: undefined,
    })));
  }

  private entries({ points, work }: TopRequest, query: TopQuery): Promise<readonly TopEntry[]> {
    if (!isRankedBySeries(query.definition, query.step)) return this.reader.top(query);
    return this.series.top(query, { points, limit: maxRanked, spend: (values) => work.spend(values) });
  }

  /** Ids of the entities that meet the conditions; undefined when there are none to meet. */
  private async matching({ request, definition, node }: TopRequest, parentId: string | undefined): Promise<string[] | undefined> {
    const scope = recordScope(definition.scope);
    if (node.conditions.length === 0 || scope === undefined) return undefined;
    const records = await this.metadata.entities({
      tenant: request.tenant, scope, limit: maxRanked,
      ...(parentId === undefined ? {} : { serviceId: parentId }),
    });
    return records.filter((record) => node.conditions.every((condition) => meets(record, condition))).map(({ id }) => id);
  }

  /** Process ids are digests, so their names are looked up. */
  private async processNames({ request, definition }: TopRequest, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (definition.scope !== 'Process' || ids.length === 0) return new Map();
    const records = await this.metadata.entities({ tenant: request.tenant, scope: 'Process', ids, limit: ids.length });
    return new Map(records.map(({ id, name }) => [id, name]));
  }
}

function ranking(values: readonly ExpressionValue[]): Outcome {
  return outcome('SORTED_LIST', [{ labels: [], values }]);
}

function refusal({ definition, node }: TopRequest): Outcome | undefined {
  if (isLabeled(definition)) return failure(`Metric: [${definition.name}] is labeled value, does not support top_n query.`);
  if (definition.kind === 'histogram') return unknown;
  if (node.limit <= 0) return failure('TopN value must be > 0.');
  const first = node.conditions[0];
  if (first === undefined || recordScope(definition.scope) !== undefined) return undefined;
  return failure(
    `The attribute [${first.name}] is not a queryable column of metric [${definition.name}], so it can not be used as a top_n condition.`,
  );
}

function recordScope(scope: EntityScope): EntityRecord['scope'] | undefined {
  return scope === 'Service' || scope === 'ServiceInstance' || scope === 'Endpoint' || scope === 'Process' ? scope : undefined;
}

/** Attributes are the entity's properties of that name; `attr0` is also its layer, as SkyWalking's decorators set it. */
function meets(record: EntityRecord, { name, equal, value }: AttributeCondition): boolean {
  const own = Object.hasOwn(record.properties, name) ? record.properties[name] : undefined;
  const has = own === value || (name === 'attr0' && own === undefined && record.layers.includes(value));
  return has === equal;
}

/** Toward zero, as upstream's long division; never −0. */
function truncated(value: number): number {
  const whole = Math.trunc(value);
  return whole === 0 ? 0 : whole;
}

interface Naming {
  readonly global: boolean;
  readonly names: ReadonlyMap<string, string>;
}

function describe(scope: EntityScope, id: string, { global, names }: Naming): { id: string; owner: ExpressionOwner } {
  if (scope === 'Service') {
    const service = parseServiceId(id);
    if (service !== undefined) return { id: service.name, owner: serviceOwner(scope, id, service) };
  }
  if (scope === 'ServiceInstance' || scope === 'Endpoint') {
    const child = parseChildId(id);
    if (child !== undefined) return childDescription(scope, { id, ...child }, global);
  }
  return { id: names.get(id) ?? id, owner: { scope } };
}

function serviceOwner(scope: EntityScope, id: string, { name, normal }: { name: string; normal: boolean }): ExpressionOwner {
  return { scope, serviceID: id, serviceName: name, normal };
}

type Child = { readonly id: string } & NonNullable<ReturnType<typeof parseChildId>>;

/** Over all services a name alone would be ambiguous. */
function childDescription(scope: 'ServiceInstance' | 'Endpoint', child: Child, global: boolean): { id: string; owner: ExpressionOwner } {
  const { id, name, service } = child;
  const owner = serviceOwner(scope, serviceId(service), service);
  return {
    id: global ? `${service.name} - ${name}` : name,
    owner:
      scope === 'Endpoint'
        ? { ...owner, endpointID: id, endpointName: name }
        : { ...owner, serviceInstanceID: id, serviceInstanceName: name },
  };
}
