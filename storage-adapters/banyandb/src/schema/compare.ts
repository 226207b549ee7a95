/** What of the wanted schema the stored one lacks. Changes only add: a process of before goes on beside this one. */
import type { MeterlarkError } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import { catalogs, fieldMessage, fieldTypes, resourceOptions, ruleMessage, tagMessage, tagTypes } from './messages.js';
import { tagFamily, type GroupSpec, type IndexSpec, type SchemaSpec } from './model.js';
import type { StoredGroup, StoredObject, StoredRule, StoredStage, StoredTag } from './registry.js';

export function conflict(what: string, reason: string): MeterlarkError {
  return banyanErrors.METERLARK_STORAGE_BANYANDB_SCHEMA_CONFLICT({ what, reason });
}

/** The group as it should be; undefined when it is so. Segments that are there keep their shape. */
export function changedGroup(spec: GroupSpec, stored: StoredGroup): object | undefined {
  if (stored.catalog !== catalogs[spec.catalog]) {
    throw conflict(`The group ${spec.name}`, `it is of ${stored.catalog}, wanted is ${catalogs[spec.catalog]}`);
  }
  const resourceOpts = resourceOptions(spec);
  const same = stored.resourceOpts !== null && optionsText(stored.resourceOpts) === optionsText(resourceOpts);
  return same ? undefined : { ...stored, resourceOpts };
}

type Options = Partial<NonNullable<StoredGroup['resourceOpts']>>;

function optionsText({ shardNum, segmentInterval, ttl, replicas, stages = [], defaultStages = [] }: Options): string {
  return JSON.stringify([shardNum, daysText(segmentInterval), daysText(ttl), replicas, stages.map(stageText), defaultStages]);
}

function stageText({ name, shardNum, segmentInterval, ttl, nodeSelector, close, replicas }: StoredStage): readonly unknown[] {
  return [name, shardNum, daysText(segmentInterval), daysText(ttl), nodeSelector, close, replicas];
}

function daysText(days: { readonly unit: string; readonly num: number } | null | undefined): string {
  return days ? `${days.num} ${days.unit}` : '';
}

/** Names of tags that the stored object has. */
export function storedTags({ tagFamilies = [], tags = [] }: StoredObject): ReadonlyMap<string, StoredTag> {
  return new Map([...tagFamilies.flatMap((family) => family.tags), ...tags].map((tag) => [tag.name, tag]));
}

/**
 * The stored object with what is new; undefined when it has all. What only the stored one has stays. The server itself would take
 * another kind of a tag (and before 0.11 another entity and interval) and read old rows wrong from then on.
 */
export function evolvedObject(spec: SchemaSpec, stored: StoredObject): object | undefined {
  refuseOtherShape(spec, stored);
  const known = storedTags(stored);
  for (const { name, kind } of spec.tags) refuseOtherKind(spec, `tag ${name}`, known.get(name)?.type, tagTypes[kind]);
  const tags = spec.tags.filter(({ name }) => !known.has(name)).map(tagMessage);
  const fields = newFields(spec, stored);
  if (tags.length === 0 && fields.length === 0) return undefined;
  // Without the revision and time of before: the server stamps those of most kinds anew, but takes a property's for no change.
  const grown = { ...stored, metadata: { group: spec.group, name: spec.name }, updatedAt: null };
  if (spec.catalog === 'trace' || spec.catalog === 'property') return { ...grown, tags: [...(stored.tags ?? []), ...tags] };
  const rows = { ...grown, tagFamilies: grownFamilies(stored, tags) };
  return spec.catalog === 'measure' ? { ...rows, fields: [...(stored.fields ?? []), ...fields] } : rows;
}

function newFields(spec: SchemaSpec, stored: StoredObject): readonly object[] {
  if (spec.catalog !== 'measure') return [];
  const known = new Map((stored.fields ?? []).map((field) => [field.name, field]));
  for (const { name, kind } of spec.fields) refuseOtherKind(spec, `field ${name}`, known.get(name)?.fieldType, fieldTypes[kind]);
  return spec.fields.filter(({ name }) => !known.has(name)).map(fieldMessage);
}

function grownFamilies({ tagFamilies = [] }: StoredObject, tags: readonly object[]): readonly object[] {
  return tagFamilies.map((family) => (family.name === tagFamily ? { ...family, tags: [...family.tags, ...tags] } : family));
}

function refuseOtherKind(spec: SchemaSpec, part: string, found: string | undefined, wanted: string): void {
  if (found !== undefined && found !== wanted) throw conflict(objectName(spec), `${part} is ${found}, wanted is ${wanted}`);
}

function refuseOtherShape(spec: SchemaSpec, stored: StoredObject): void {
  for (const [part, wanted, found] of shapeOf(spec, stored)) {
    if (found !== wanted) throw conflict(objectName(spec), `${part} is ${found || 'nothing'}, wanted is ${wanted}`);
  }
}

type ShapePart = readonly [part: string, wanted: string, found: string];

function shapeOf(spec: SchemaSpec, stored: StoredObject): readonly ShapePart[] {
  const entity = (stored.entity?.tagNames ?? []).join(', ');
  const families = (stored.tagFamilies ?? []).map(({ name }) => name).join(', ');
  switch (spec.catalog) {
    case 'measure':
      return [
        ['its entity', spec.entity.join(', '), entity],
        ['its tag family', tagFamily, families],
        ['its interval', spec.interval, stored.interval ?? ''],
        ['its index mode', 'off', stored.indexMode === true ? 'on' : 'off'],
      ];
    case 'stream':
      return [
        ['its entity', spec.entity.join(', '), entity],
        ['its tag family', tagFamily, families],
      ];
    case 'trace':
      return [
        ['the tag of trace ids', spec.traceIdTag, stored.traceIdTagName ?? ''],
        ['the tag of span ids', spec.spanIdTag, stored.spanIdTagName ?? ''],
        ['the tag of times', spec.timestampTag, stored.timestampTagName ?? ''],
      ];
    case 'property':
      return [];
  }
}

/** A changed index would hold rows of both forms: another form needs another name. */
export function refuseOtherRule(spec: SchemaSpec, index: IndexSpec, stored: StoredRule): void {
  const wanted = ruleMessage(spec.group, index);
  for (const part of ['type', 'noSort'] as const) {
    if (stored[part] !== wanted[part]) throw conflict(objectName(spec), `${part} of its index ${index.name} is ${stored[part]}, wanted is ${wanted[part]}`);
  }
  if (stored.tags.join() !== wanted.tags.join()) {
    throw conflict(objectName(spec), `its index ${index.name} is on ${stored.tags.join(', ')}, wanted is ${wanted.tags.join(', ')}`);
  }
}

export function objectName({ catalog, group, name }: SchemaSpec): string {
  return `The ${catalog} ${name} of ${group}`;
}
