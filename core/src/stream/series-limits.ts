/** Cardinality limits: label sets per metric, instances and endpoints per service. */
import { canonicalLabels, parseLabels } from '../model/labels.js';
import type { SeriesKey } from '../model/metric.js';

/** Value of every label, and name of every entity, that stands for what exceeded a limit. */
export const overflowName = '_overflow';
const overflowSuffix = Buffer.from(overflowName).toString('base64');

export type OverflowReason = 'label_sets' | 'entities' | 'slots';

export function overflowLabels(labels: string): string {
  return canonicalLabels(parseLabels(labels).map(([name]) => [name, overflowName]));
}

/** Id of the service's child that stands for those over the limit. */
export function overflowChildId(serviceId: string): string {
  return `${serviceId}_${overflowSuffix}`;
}

/** Service of an instance's or endpoint's id; undefined for services, relations and processes. */
export function parentOf(entityId: string): string | undefined {
  const cut = entityId.indexOf('_');
  return cut <= 0 || entityId.includes('-') ? undefined : entityId.slice(0, cut);
}

/** One bounded set per group; what is in stays in until `clear`. */
class BoundedSets {
  private readonly sets = new Map<string, Set<string>>();

  constructor(private readonly max: number) {}

  /** false when the group is full and does not hold the member. */
  admit(group: string, member: string): boolean {
    let members = this.sets.get(group);
    if (members === undefined) this.sets.set(group, (members = new Set()));
    if (members.has(member)) return true;
    if (members.size >= this.max) return false;
    members.add(member);
    return true;
  }

  clear(): void {
    this.sets.clear();
  }
}

export class SeriesLimits {
  private readonly labelSets: BoundedSets;
  private readonly entities: BoundedSets;

  constructor(maxLabelSets: number, maxEntitiesPerService: number) {
    this.labelSets = new BoundedSets(maxLabelSets);
    this.entities = new BoundedSets(maxEntitiesPerService);
  }

  /** The key itself, or that of the overflow series with the reason. */
  fit(key: SeriesKey, scope: string): { readonly key: SeriesKey; readonly reason: OverflowReason | undefined } {
    const parent = parentOf(key.entityId);
    if (parent !== undefined && !this.admitEntity(key.tenant, scope, parent, key.entityId)) {
      const labels = overflowLabels(key.labels);
      return { key: { ...key, entityId: overflowChildId(parent), labels }, reason: 'entities' };
    }
    if (key.labels === '') return { key, reason: undefined };
    if (this.labelSets.admit(JSON.stringify([key.tenant, key.metric]), key.labels)) return { key, reason: undefined };
    const labels = overflowLabels(key.labels);
    return { key: { ...key, labels }, reason: labels === key.labels ? undefined : 'label_sets' };
  }

  admitEntity(tenant: string, scope: string, serviceId: string, entityId: string): boolean {
    if (entityId === overflowChildId(serviceId)) return true;
    return this.entities.admit(JSON.stringify([tenant, scope, serviceId]), entityId);
  }

  clear(): void {
    this.labelSets.clear();
    this.entities.clear();
  }
}
