/** Properties: every change is a new version, deletions too. */
import { status } from '@grpc/grpc-js';
import { walk } from './criteria.js';
import { Failure, invalid, notFound, unknown } from './failures.js';
import { compare, contains, equal } from './literals.js';
import type { CriteriaMessage, MetadataMessage, ValueMessage } from './messages.js';
import type { Registry } from './registry.js';
import type { TagSpecMessage } from './registry-objects.js';
import type { FlushClock } from './flush-clock.js';
import { longOf, messageOf, nullValue, tagKinds, timestampOf, valueOf, type Value } from './values.js';

interface Version {
  readonly sequence: number;
  readonly group: string;
  readonly name: string;
  readonly id: string;
  readonly tags: ReadonlyMap<string, Value>;
  readonly created: bigint;
  readonly revision: bigint;
  readonly deleted: boolean;
}
interface PropertyMessage {
  readonly metadata?: MetadataMessage;
  readonly id?: string;
  readonly tags: readonly { readonly key?: string; readonly value?: ValueMessage }[];
}
interface PropertyQuery {
  readonly groups: readonly string[];
  readonly name?: string;
  readonly ids: readonly string[];
  readonly criteria?: CriteriaMessage;
  readonly tagProjection: readonly string[];
  readonly limit?: number;
  readonly orderBy?: { readonly tagName?: string; readonly sort?: string };
}

function matching(criteria: CriteriaMessage | undefined): (tags: ReadonlyMap<string, Value>) => boolean {
  if (criteria === undefined) return () => true;
  return walk<(tags: ReadonlyMap<string, Value>) => boolean>(
    criteria,
    ({ name, op, value }) => (tags) => {
      const own = tags.get(name) ?? nullValue;
      if (op === 'NE') return !equal(value, own);
      if (op === 'IN') return contains(value, own);
      if (op === 'HAVING') return contains(own, value);
      const order = compare(value, own);
      if (order === undefined) return false;
      return op === 'EQ' ? order === 0 : op === 'GE' ? order <= 0 : op === 'GT' ? order < 0 : op === 'LE' ? order >= 0 : order > 0;
    },
    ({ op, left, right }) => (op === 'LOGICAL_OP_AND' ? (tags) => left(tags) && right(tags) : (tags) => left(tags) || right(tags)),
  );
}

function keyOf(group: string, name: string, id: string): string {
  return `${group}\n${name}\n${id}`;
}

export class Properties {
  private versions: Version[] = [];
  private readonly latest = new Map<string, Version>();
  private lastRevision = 0n;

  constructor(
    private readonly registry: Registry,
    private readonly flushClock: FlushClock,
    private readonly nowMs: () => number,
  ) {}

  loseUnflushed(): void {
    const until = this.flushClock.until('property');
    this.keep(this.versions.filter(({ sequence }) => sequence <= until));
  }

  forget(group: string): void {
    this.keep(this.versions.filter((version) => version.group !== group));
  }

  private current(group: string, name: string, id: string): Version | undefined {
    const last = this.latest.get(keyOf(group, name, id));
    return last?.deleted === true ? undefined : last;
  }

  private keep(versions: Version[]): void {
    this.versions = versions;
    this.latest.clear();
    for (const version of versions) this.latest.set(keyOf(version.group, version.name, version.id), version);
  }

  private push(version: Omit<Version, 'sequence' | 'revision'>): void {
    const now = BigInt(this.nowMs()) * 1_000_000n;
    this.lastRevision = now > this.lastRevision ? now : this.lastRevision + 1n;
    const created = version.created === 0n ? this.lastRevision : version.created;
    const made = { ...version, created, revision: this.lastRevision, sequence: this.flushClock.next() };
    this.versions.push(made);
    this.latest.set(keyOf(made.group, made.name, made.id), made);
  }

  private tagsOf(property: PropertyMessage): Map<string, Value> {
    const { group = '', name = '' } = property.metadata ?? {};
    const schema = this.registry.find('property', group, name);
    if (schema === undefined) throw notFound();
    const specs = (schema.tags ?? []) as readonly TagSpecMessage[];
    if (specs.length < property.tags.length) throw unknown(`property ${name} tags count mismatch`);
    return new Map(
      property.tags.map(({ key = '', value }) => {
        const spec = specs.find((each) => each.name === key);
        const own = valueOf(value);
        if (spec === undefined) throw unknown(`property ${name} tag ${key} not found`);
        if (own.kind !== 'null' && own.kind !== tagKinds[spec.type]) throw unknown(`property ${name} tag ${key} type mismatch`);
        return [key, own] as const;
      }),
    );
  }

  private checkGroup(group: string): void {
    const found = this.registry.find('group', '', group);
    if (found === undefined) throw unknown(`group ${group} not found`);
    if (found.catalog !== 'CATALOG_PROPERTY') throw unknown(`group ${group} is not allowed to have properties`);
  }

  apply(request: object): object {
    const { property, strategy } = request as { property?: PropertyMessage; strategy?: string };
    if (property === undefined || property.tags.length === 0) throw invalid('invalid Property.Tags: value must contain at least 1 item(s)');
    const { group = '', name = '' } = property.metadata ?? {};
    const { id = '' } = property;
    if (group === '' || name === '' || id === '') throw invalid('group, name and id should not be empty');
    this.checkGroup(group);
    const given = this.tagsOf(property);
    const before = this.current(group, name, id);
    const kept = strategy === 'STRATEGY_REPLACE' ? [] : [...(before?.tags ?? [])].filter(([key]) => !given.has(key));
    const tags = new Map([...given, ...kept]);
    this.push({ group, name, id, tags, created: before?.created ?? 0n, deleted: false });
    return { created: before === undefined, tagsNum: tags.size };
  }

  /** true, whether or not there was any. */
  delete(request: object): object {
    const { group = '', name = '', id = '' } = request as { group?: string; name?: string; id?: string };
    if (group === '' || name === '') throw invalid('group and name should not be empty');
    this.checkGroup(group);
    const ids = new Set(this.versions.filter((version) => version.group === group && version.name === name && (id === '' || version.id === id)).map((version) => version.id));
    for (const each of ids) {
      const current = this.current(group, name, each);
      if (current !== undefined) this.push({ ...current, deleted: true });
    }
    return { deleted: true };
  }

  query(request: object): object {
    const query = request as PropertyQuery;
    if (query.groups.length === 0) throw new Failure(status.INVALID_ARGUMENT, 'invalid QueryRequest.Groups: value must contain at least 1 item(s)');
    query.groups.forEach((group) => this.checkGroup(group));
    const limit = query.limit || 100;
    const test = matching(query.criteria);
    const asked = this.versions.filter(
      ({ group, name, id }) => query.groups.includes(group) && ((query.name ?? '') === '' || name === query.name) && (query.ids.length === 0 || query.ids.includes(id)),
    );
    // What was replaced or deleted counts against the limit: no order of versions is promised, here the oldest come first.
    const found = asked.slice(0, limit).filter((version) => this.current(version.group, version.name, version.id) === version && test(version.tags));
    return { properties: this.ordered(found, query).slice(0, limit).map((version) => this.message(version, query.tagProjection)) };
  }

  private ordered(found: Version[], { orderBy }: PropertyQuery): Version[] {
    const tag = orderBy?.tagName ?? '';
    if (tag === '') return found;
    const down = orderBy?.sort === 'SORT_DESC' ? -1 : 1;
    const of = ({ tags }: Version): Value => tags.get(tag) ?? nullValue;
    const last = (version: Version): number => Number(of(version).kind === 'null');
    return found.sort((one, other) => last(one) - last(other) || (compare(of(one), of(other)) ?? 0) * down);
  }

  private message({ group, name, id, tags, created, revision }: Version, projection: readonly string[]): object {
    const shown = [...tags].filter(([key]) => projection.length === 0 || projection.includes(key));
    return {
      metadata: { group, name, createRevision: longOf(created), modRevision: longOf(revision) },
      id,
      tags: shown.map(([key, value]) => ({ key, value: messageOf(value) })),
      updatedAt: timestampOf(revision),
    };
  }
}
