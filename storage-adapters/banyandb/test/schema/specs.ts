import { setTimeout as sleep } from 'node:timers/promises';
import { RecordingLogger } from '@meterlark/core/testing';
import type { BanyanCalls } from '../../src/connection/calls.js';
import { BanyanSchemaInstaller } from '../../src/schema/installer.js';
import type { GroupSpec, IndexSpec, MeasureSpec, PropertySpec, StreamSpec, TraceSpec } from '../../src/schema/model.js';

const plain = { shards: 1, segmentDays: 1, ttlDays: 7, replicas: 0, stages: [] };

export function groupsOf(prefix: string, changes: Partial<GroupSpec> = {}): ReadonlyMap<string, GroupSpec> {
  const specs: readonly GroupSpec[] = [
    { ...plain, ...changes, name: `${prefix}_m`, catalog: 'measure' },
    { ...plain, ...changes, name: `${prefix}_s`, catalog: 'stream' },
    { ...plain, ...changes, name: `${prefix}_t`, catalog: 'trace' },
    { ...plain, ...changes, segmentDays: 0, ttlDays: 0, stages: [], name: `${prefix}_p`, catalog: 'property' },
  ];
  return new Map(specs.map((spec) => [spec.name, spec]));
}

export function inverted(name: string, tag: string): IndexSpec {
  return { name, tags: [tag], type: 'inverted', sortable: false };
}

export function measure(prefix: string): MeasureSpec {
  return {
    catalog: 'measure',
    group: `${prefix}_m`,
    name: 'numbers',
    tags: [{ name: 'entity', kind: 'string' }],
    fields: [{ name: 'sequence', kind: 'int' }],
    entity: ['entity'],
    interval: '1m',
    indexes: [],
  };
}

export function stream(prefix: string): StreamSpec {
  return {
    catalog: 'stream',
    group: `${prefix}_s`,
    name: 'lines',
    tags: [
      { name: 'service', kind: 'string' },
      { name: 'id', kind: 'string' },
    ],
    entity: ['service'],
    indexes: [inverted('lines_id', 'id')],
  };
}

export function trace(prefix: string): TraceSpec {
  return {
    catalog: 'trace',
    group: `${prefix}_t`,
    name: 'spans',
    tags: [
      { name: 'trace_id', kind: 'string' },
      { name: 'span_id', kind: 'string' },
      { name: 'time', kind: 'timestamp' },
      { name: 'service', kind: 'string' },
    ],
    traceIdTag: 'trace_id',
    spanIdTag: 'span_id',
    timestampTag: 'time',
    indexes: [{ name: 'spans_service', tags: ['service', 'time'], type: 'tree', sortable: true }],
  };
}

export function property(prefix: string): PropertySpec {
  return { catalog: 'property', group: `${prefix}_p`, name: 'document', tags: [{ name: 'text', kind: 'string' }] };
}

export function allSpecs(prefix: string) {
  return [measure(prefix), stream(prefix), trace(prefix), property(prefix)];
}

/** Its time stands still but for what it sleeps. */
export function fakeInstaller(calls: BanyanCalls, groups: ReadonlyMap<string, GroupSpec>, logger = new RecordingLogger()) {
  let nowMs = 0;
  const pause = (ms: number) => {
    nowMs += ms;
    return Promise.resolve();
  };
  return new BanyanSchemaInstaller(calls, groups, logger, { timeoutMs: 20_000, now: () => nowMs, sleep: pause });
}

export function realInstaller(calls: BanyanCalls, groups: ReadonlyMap<string, GroupSpec>, logger = new RecordingLogger()) {
  return new BanyanSchemaInstaller(calls, groups, logger, { timeoutMs: 20_000, now: () => Date.now(), sleep: (ms) => sleep(ms) });
}
