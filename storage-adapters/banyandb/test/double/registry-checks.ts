/** What the server refuses in its registry: INVALID_ARGUMENT where a field is missing, UNKNOWN for most of the rest. */
import { invalid, unknown, type Failure } from './failures.js';
import type { ObjectKind, RegistryObject, TagSpecMessage } from './registry-objects.js';

function tagsOf(object: RegistryObject): TagSpecMessage[] {
  const own = (object.tags ?? []).filter((tag): tag is TagSpecMessage => typeof tag !== 'string');
  return [...(object.tagFamilies ?? []).flatMap(({ tags }) => tags), ...own];
}

function problemOfGroup({ catalog = 'CATALOG_UNSPECIFIED', resourceOpts: options }: RegistryObject): string | undefined {
  if (catalog === 'CATALOG_UNSPECIFIED') return 'catalog is unspecified';
  if (options === undefined) return 'group resourceOpts is nil';
  const { segmentInterval, ttl } = options;
  if (catalog === 'CATALOG_PROPERTY') {
    if (segmentInterval !== undefined) return 'segmentInterval should be nil';
    return ttl === undefined ? undefined : 'ttl should be nil';
  }
  if (segmentInterval === undefined) return 'group segmentInterval is nil';
  return ttl === undefined ? 'group ttl is nil' : undefined;
}

function badTag(object: RegistryObject): string | undefined {
  const tag = tagsOf(object).find(({ name }) => name.includes('#'));
  return tag === undefined ? undefined : `tag name "${tag.name}" must not contain reserved character "#"`;
}

function missing(kind: ObjectKind, object: RegistryObject): Failure | undefined {
  if ((object.metadata?.name ?? '') === '') return unknown(`${kind} name is empty`);
  if ((kind === 'measure' || kind === 'stream') && (object.tagFamilies ?? []).length === 0) return invalid('TagFamilies: value must contain at least 1 item(s)');
  if ((kind === 'trace' || kind === 'property') && (object.tags ?? []).length === 0) return invalid('Tags: value must contain at least 1 item(s)');
  if ((kind === 'measure' || kind === 'stream') && (object.entity?.tagNames ?? []).length === 0) return invalid('Entity: value is required');
  if (kind === 'indexRuleBinding' && (object.beginAt === undefined || object.expireAt === undefined)) return invalid('BeginAt, ExpireAt: value is required');
  if (kind === 'indexRuleBinding' && (object.rules ?? []).length === 0) return invalid('Rules: value must contain at least 1 item(s)');
  return undefined;
}

export function checkNew(kind: ObjectKind, object: RegistryObject): void {
  const absent = missing(kind, object);
  if (absent !== undefined) throw absent;
  let problem = kind === 'group' ? problemOfGroup(object) : badTag(object);
  if (kind === 'indexRule' && (object.type ?? 'TYPE_UNSPECIFIED') === 'TYPE_UNSPECIFIED') problem = 'indexRule type is unspecified';
  if (kind === 'measure' && object.fields?.some(({ compressionMethod }) => compressionMethod === undefined)) problem = 'compression method is unspecified';
  if (problem !== undefined) throw unknown(problem);
}

function different(kind: ObjectKind, before: RegistryObject, after: RegistryObject): string | undefined {
  if (JSON.stringify(before.entity) !== JSON.stringify(after.entity)) return 'entity is different';
  if (before.interval !== after.interval) return `interval is different: ${before.interval} != ${after.interval}`;
  const changed = (before.fields ?? []).find((field) => {
    const now = (after.fields ?? []).find(({ name }) => name === field.name);
    return now !== undefined && JSON.stringify(now) !== JSON.stringify(field);
  });
  if (changed !== undefined) return `field ${changed.name} is different`;
  const names = new Set(tagsOf(after).map(({ name }) => name));
  const entity = kind === 'trace' ? [after.traceIdTagName, after.spanIdTagName, after.timestampTagName] : (before.entity?.tagNames ?? []);
  const removed = tagsOf(before).find(({ name }) => !names.has(name) && entity.includes(name));
  return removed === undefined ? undefined : `cannot delete entity tag ${removed.name}`;
}

/** Of main; 0.10 lets every change pass. Nobody minds another type of a tag. */
export function checkUpdate(kind: ObjectKind, before: RegistryObject, after: RegistryObject): void {
  if (kind !== 'measure' && kind !== 'stream' && kind !== 'trace') return;
  const problem = different(kind, before, after);
  if (problem !== undefined) throw unknown(`validation failed: ${problem}`);
}
