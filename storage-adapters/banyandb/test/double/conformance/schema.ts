/** The schema of the cases. */
import type { PlainClient } from '../client.js';
import { groupOf, stamp } from './lab.js';

export const measureTags = ['tenant', 'entity', 'lay', 'ord', 'free', 'list'] as const;
export const measureFields = ['v', 'blob', 'txt', 'dec'] as const;
export const streamTags = ['tenant', 'svc', 'lvl', 'inv', 'skp', 'ord', 'txt', 'list', 'n', 'bin'] as const;
export const traceTags = ['trace_id', 'span_id', 'start', 'svc', 'err', 'lat', 'list', 'txt'] as const;

const kinds: Readonly<Record<string, string>> = { lay: 'INT', ord: 'INT', list: 'STRING_ARRAY', lvl: 'INT', n: 'INT', bin: 'DATA_BINARY', start: 'TIMESTAMP', err: 'INT', lat: 'INT' };
export const tagSpecs = (names: readonly string[]): { name: string; type: string }[] => names.map((name) => ({ name, type: `TAG_TYPE_${kinds[name] ?? 'STRING'}` }));

const fieldKinds: Readonly<Record<string, string>> = { v: 'INT', blob: 'DATA_BINARY', txt: 'STRING', dec: 'FLOAT' };
export const fieldSpecs = measureFields.map((name) => ({
  name,
  fieldType: `FIELD_TYPE_${fieldKinds[name]}`,
  encodingMethod: 'ENCODING_METHOD_GORILLA',
  compressionMethod: 'COMPRESSION_METHOD_ZSTD',
}));

export function measureOf(group: string, name: string): Record<string, unknown> {
  return { metadata: { group, name }, tagFamilies: [{ name: 'row', tags: tagSpecs(measureTags) }], fields: fieldSpecs, entity: { tagNames: ['tenant', 'entity'] }, interval: '1m' };
}

export function streamOf(group: string, name: string): Record<string, unknown> {
  return { metadata: { group, name }, tagFamilies: [{ name: 'row', tags: tagSpecs(streamTags) }], entity: { tagNames: ['tenant', 'svc', 'lvl'] } };
}

export function traceOf(group: string, name: string): Record<string, unknown> {
  return { metadata: { group, name }, tags: tagSpecs(traceTags), traceIdTagName: 'trace_id', spanIdTagName: 'span_id', timestampTagName: 'start' };
}

export function ruleOf(group: string, name: string, type: string, { tags = [name], noSort = true }: { tags?: readonly string[]; noSort?: boolean } = {}): object {
  return { metadata: { group, name }, tags, type: `TYPE_${type}`, noSort };
}

export function bindingOf(group: string, name: string, catalog: string, rules: readonly string[]): object {
  return { metadata: { group, name }, rules, subject: { catalog: `CATALOG_${catalog}`, name }, beginAt: stamp(0), expireAt: stamp(4_102_444_800_000) };
}

interface Part {
  readonly catalog: 'MEASURE' | 'STREAM' | 'TRACE';
  readonly kind: 'Measure' | 'Stream' | 'Trace';
  readonly object: object;
  readonly rules: readonly object[];
  readonly bound: readonly string[];
}

function partsOf(base: string): readonly Part[] {
  const [measures, streams, traces] = [`${base}m`, `${base}s`, `${base}t`];
  return [
    { catalog: 'MEASURE', kind: 'Measure', object: { measure: measureOf(measures, 'm') }, bound: ['lay', 'ord'], rules: [ruleOf(measures, 'lay', 'INVERTED'), ruleOf(measures, 'ord', 'INVERTED', { noSort: false })] },
    {
      catalog: 'STREAM', kind: 'Stream', object: { stream: streamOf(streams, 's') }, bound: ['inv', 'skp', 'ord'],
      rules: [ruleOf(streams, 'inv', 'INVERTED'), ruleOf(streams, 'skp', 'SKIPPING'), ruleOf(streams, 'ord', 'INVERTED', { noSort: false })],
    },
    {
      catalog: 'TRACE', kind: 'Trace', object: { trace: traceOf(traces, 't') }, bound: ['start', 'by_lat'],
      rules: [ruleOf(traces, 'start', 'TREE', { tags: ['svc', 'start'], noSort: false }), ruleOf(traces, 'by_lat', 'TREE', { tags: ['svc', 'lat'], noSort: false })],
    },
  ];
}

/** Groups `<base>m`, `<base>s`, `<base>t` with measure m, stream s, trace t; `<base>p` with property p. */
export async function install(client: PlainClient, base: string): Promise<string[]> {
  const groups: string[] = [];
  for (const { catalog, kind, object, rules, bound } of partsOf(base)) {
    const group = `${base}${kind.charAt(0).toLowerCase()}`;
    groups.push(group);
    await client.registry('Group', 'Create', { group: groupOf(group, `CATALOG_${catalog}`) });
    await client.registry(kind, 'Create', object);
    for (const indexRule of rules) await client.registry('IndexRule', 'Create', { indexRule });
    await client.registry('IndexRuleBinding', 'Create', { indexRuleBinding: bindingOf(group, kind.charAt(0).toLowerCase(), catalog, bound) });
  }
  await client.registry('Group', 'Create', { group: groupOf(`${base}p`, 'CATALOG_PROPERTY') });
  await client.registry('Property', 'Create', { property: { metadata: { group: `${base}p`, name: 'p' }, tags: tagSpecs(['a', 'n', 'bin', 'list']) } });
  return [...groups, `${base}p`];
}
