/** What queries and writes know of a measure, stream or trace. */
import { Failure } from './failures.js';
import { queryFailure } from './criteria.js';
import type { FamilySpecMessage, ProjectionMessage, QueryMessage, TimeRangeMessage } from './messages.js';
import type { Registry, Rule } from './registry.js';
import type { RegistryObject, TagSpecMessage } from './registry-objects.js';
import type { DataKind } from './rows.js';
import { nanosOf } from './values.js';
import { status } from '@grpc/grpc-js';

export interface Schema {
  readonly object: RegistryObject;
  readonly group: RegistryObject;
  readonly name: string;
  readonly families: readonly { readonly name: string; readonly tags: readonly TagSpecMessage[] }[];
  readonly tags: readonly TagSpecMessage[];
  readonly kinds: ReadonlyMap<string, string>;
  /** Of cells and fields in their rows. */
  readonly tagPlaces: ReadonlyMap<string, number>;
  readonly fieldPlaces: ReadonlyMap<string, number>;
  readonly entity: readonly string[];
  readonly rules: readonly Rule[];
  /** Names of the tags of all rules. */
  readonly indexed: readonly string[];
}

interface Made {
  readonly generation: number;
  readonly schema: Schema;
}

/** Made once for all rows between two changes of a registry. */
const made = new WeakMap<Registry, WeakMap<RegistryObject, Made>>();

export function schemaOf(registry: Registry, kind: DataKind, group: string, name: string): Schema | undefined {
  const object = registry.seen(kind, group, name);
  const owner = registry.find('group', '', group);
  if (object === undefined || owner === undefined) return undefined;
  let known = made.get(registry);
  if (known === undefined) made.set(registry, (known = new WeakMap()));
  const before = known.get(object);
  if (before?.generation === registry.generation) return before.schema;
  const schema = makeSchema(registry, kind, { object, owner, group, name });
  known.set(object, { generation: registry.generation, schema });
  return schema;
}

interface Place {
  readonly object: RegistryObject;
  readonly owner: RegistryObject;
  readonly group: string;
  readonly name: string;
}

function makeSchema(registry: Registry, kind: DataKind, { object, owner, group, name }: Place): Schema {
  const own = (object.tags ?? []) as readonly TagSpecMessage[];
  const families = kind === 'trace' ? [{ name: '', tags: own }] : (object.tagFamilies ?? []);
  const tags = families.flatMap((family) => [...family.tags]);
  const rules = registry.rulesOf(kind, group, name);
  // Of a trace: the leading tags of its first rule, whatever rule orders.
  const entity = kind === 'trace' ? (rules[0]?.tags.slice(0, -1) ?? []) : (object.entity?.tagNames ?? []);
  const fields = object.fields ?? [];
  return {
    object,
    group: owner,
    name,
    families,
    tags,
    kinds: new Map(tags.map((tag) => [tag.name, tag.type])),
    tagPlaces: new Map(tags.map((tag, place) => [tag.name, place])),
    fieldPlaces: new Map(fields.map((field, place) => [field.name, place])),
    entity,
    rules,
    indexed: [...new Set(rules.flatMap((rule) => [...rule.tags]))],
  };
}

export function queriedSchema(registry: Registry, kind: DataKind, { groups, name = '' }: QueryMessage): Schema {
  if (groups.length === 0) throw new Failure(status.INVALID_ARGUMENT, 'invalid QueryRequest.Groups: value must contain at least 1 item(s)');
  if (groups.length > 1) throw new Failure(status.UNIMPLEMENTED, 'The double asks one group at a time.');
  const schema = schemaOf(registry, kind, groups[0] ?? '', name);
  if (schema !== undefined) return schema;
  throw queryFailure(`fail to get execution context for ${kind} ${name}: ${kind === 'trace' ? 'trace not found' : `${kind} doesn't exist`}`);
}

const forever = { fromMs: -Infinity, toMs: Infinity };

/** Both ends are in the range. */
export function rangeOf(range: TimeRangeMessage | undefined, required: boolean): { fromMs: number; toMs: number } {
  if (range === undefined) {
    if (required) throw new Failure(status.INVALID_ARGUMENT, 'invalid QueryRequest.TimeRange: value is required');
    return forever;
  }
  const ends = [range.begin, range.end].map((end) => nanosOf(end ?? {}));
  if (ends.some((nanos) => nanos % 1_000_000n !== 0n)) throw new Failure(status.INVALID_ARGUMENT, 'time range is invalid :time is not millisecond precision');
  return { fromMs: Number((ends[0] ?? 0n) / 1_000_000n), toMs: Number((ends[1] ?? 0n) / 1_000_000n) };
}

/** Names of the projection by family, in their order; a family the schema has not is taken for the one of its tags. */
export function projected(schema: Schema, projection: ProjectionMessage | undefined): { family: string; tags: readonly string[] }[] {
  const families = (projection?.tagFamilies ?? []).filter(({ tags }) => tags.length > 0);
  for (const { tags } of families) {
    const odd = tags.find((tag) => !schema.kinds.has(tag));
    if (odd !== undefined) throw queryFailure(`${odd}: tag is not defined`);
  }
  return families.map(({ name = '', tags }) => ({ family: name, tags }));
}

export function sortingRule(schema: Schema, name: string): Rule {
  const rule = schema.rules.find((each) => each.name === name);
  if (rule === undefined) throw queryFailure(`${name}: index is not define for the tag`);
  if (!rule.sortable) throw queryFailure(`${name}: index does not support sorting`);
  return rule;
}

export function page<T>(rows: readonly T[], { offset = 0, limit = 0 }: { offset?: number; limit?: number }, defaultLimit: number): readonly T[] {
  return rows.slice(offset, offset + (limit === 0 ? defaultLimit : limit));
}

/** Family and place of a tag in what was sent. */
export type Sent = readonly [number, number];
const withoutSpec = {};
const placesMade = new WeakMap<Schema, WeakMap<object, ReadonlyMap<string, Sent>>>();

/** Position of each tag in what was sent: the same for all rows of a spec. */
export function places(schema: Schema, spec: readonly FamilySpecMessage[] | undefined): ReadonlyMap<string, Sent> {
  let known = placesMade.get(schema);
  if (known === undefined) placesMade.set(schema, (known = new WeakMap()));
  let found = known.get(spec ?? withoutSpec);
  if (found === undefined) known.set(spec ?? withoutSpec, (found = makePlaces(schema, spec)));
  return found;
}

function makePlaces(schema: Schema, spec: readonly FamilySpecMessage[] | undefined): ReadonlyMap<string, Sent> {
  const found = new Map<string, Sent>();
  if (spec === undefined) {
    schema.families.forEach(({ tags }, family) => tags.forEach(({ name }, at) => found.set(name, [family, at])));
    return found;
  }
  const owners = new Map(schema.families.flatMap(({ name, tags }) => tags.map((tag) => [tag.name, name] as const)));
  spec.forEach(({ name, tagNames }, family) =>
    tagNames.forEach((tag, at) => {
      if (owners.get(tag) === name) found.set(tag, [family, at]);
    }),
  );
  return found;
}
