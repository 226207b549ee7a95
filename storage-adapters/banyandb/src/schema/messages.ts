/** What is installed, in the words of the registry. */
import type { FieldKind, GroupSpec, IndexSpec, MeasureSpec, SchemaSpec, StageSpec, TagKind, TagSpec } from './model.js';
import { tagFamily } from './model.js';

export const tagTypes: Readonly<Record<TagKind, string>> = {
  string: 'TAG_TYPE_STRING',
  int: 'TAG_TYPE_INT',
  binary: 'TAG_TYPE_DATA_BINARY',
  strings: 'TAG_TYPE_STRING_ARRAY',
  timestamp: 'TAG_TYPE_TIMESTAMP',
};

export const fieldTypes: Readonly<Record<FieldKind, string>> = {
  string: 'FIELD_TYPE_STRING',
  int: 'FIELD_TYPE_INT',
  binary: 'FIELD_TYPE_DATA_BINARY',
  float: 'FIELD_TYPE_FLOAT',
};

export const catalogs = { measure: 'CATALOG_MEASURE', stream: 'CATALOG_STREAM', trace: 'CATALOG_TRACE', property: 'CATALOG_PROPERTY' } as const;
const indexTypes = { inverted: 'TYPE_INVERTED', skipping: 'TYPE_SKIPPING', tree: 'TYPE_TREE' } as const;

/** From the beginning of time: a binding that begins now would wait for a server whose clock is behind. */
const bindingBegins = { seconds: 0 };
const bindingExpires = { seconds: Date.UTC(2200, 0, 1) / 1000 };

function days(num: number) {
  return { unit: 'UNIT_DAY', num };
}

function stageMessage({ name, shards, segmentDays, ttlDays, nodeSelector, close, replicas }: StageSpec) {
  return { name, shardNum: shards, segmentInterval: days(segmentDays), ttl: days(ttlDays), nodeSelector, close, replicas };
}

/** The server refuses lifetimes of properties. */
export function resourceOptions({ catalog, shards, segmentDays, ttlDays, replicas, stages }: GroupSpec) {
  const segments = catalog === 'property' ? {} : { segmentInterval: days(segmentDays), ttl: days(ttlDays) };
  // Queries that name no stage read these: all there are, so whatever retention promises is found.
  const defaultStages = stages.length === 0 ? [] : ['hot', ...stages.map(({ name }) => name)];
  return { shardNum: shards, ...segments, replicas, stages: stages.map(stageMessage), defaultStages };
}

export function groupMessage(spec: GroupSpec): object {
  return { metadata: { name: spec.name }, catalog: catalogs[spec.catalog], resourceOpts: resourceOptions(spec) };
}

export function tagMessage({ name, kind }: TagSpec) {
  return { name, type: tagTypes[kind] };
}

export function fieldMessage({ name, kind }: MeasureSpec['fields'][number]) {
  const encodingMethod = kind === 'int' ? 'ENCODING_METHOD_GORILLA' : 'ENCODING_METHOD_UNSPECIFIED';
  return { name, fieldType: fieldTypes[kind], encodingMethod, compressionMethod: 'COMPRESSION_METHOD_ZSTD' };
}

export function objectMessage(spec: SchemaSpec): object {
  const metadata = { group: spec.group, name: spec.name };
  const tags = spec.tags.map(tagMessage);
  const tagFamilies = [{ name: tagFamily, tags }];
  switch (spec.catalog) {
    case 'measure':
      return { metadata, tagFamilies, fields: spec.fields.map(fieldMessage), entity: { tagNames: spec.entity }, interval: spec.interval };
    case 'stream':
      return { metadata, tagFamilies, entity: { tagNames: spec.entity } };
    case 'trace':
      return { metadata, tags, traceIdTagName: spec.traceIdTag, spanIdTagName: spec.spanIdTag, timestampTagName: spec.timestampTag };
    case 'property':
      return { metadata, tags };
  }
}

export function ruleMessage(group: string, { name, tags, type, sortable }: IndexSpec) {
  return { metadata: { group, name }, tags, type: indexTypes[type], noSort: !sortable };
}

/** One binding for each object, named as it. */
export function bindingMessage({ group, name, catalog }: SchemaSpec, rules: readonly string[]): object {
  const subject = { catalog: catalogs[catalog], name };
  return { metadata: { group, name }, rules, subject, beginAt: bindingBegins, expireAt: bindingExpires };
}
