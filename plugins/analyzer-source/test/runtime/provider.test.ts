import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Analyzer, isMeterlarkError, Logger, MetricStream, ProcessInfo, RuleChecker, SelfMetrics, SourceRules, SourceSink,
  type Binder, type MeterlarkError, type Resolver, type ServiceToken,
} from '@meterlark/core';
import { RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import provider from '../../src/index.js';
import { FakeStream, nowMs, service } from './kit.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterlark-oal-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Wired {
  readonly start: () => Promise<void>;
  readonly get: Resolver['get'];
  readonly stream: FakeStream;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

/** Wires the provider as the host does, with fakes around it. */
function wire(rules: readonly string[] = [], apdexThresholds: Readonly<Record<string, unknown>> = {}): Wired {
  const stream = new FakeStream();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const config = { rules, rulesLayer: 'GENERAL', apdexThresholdMs: 500, apdexThresholds };
  const made = new Map<symbol, unknown>([
    [MetricStream.key, stream], [Logger.key, logger], [SelfMetrics.key, metrics],
    [ProcessInfo.key, { version: '0', startedAtMs: 0, rootFolder: folder }],
  ]);
  const factories = new Map<symbol, (resolver: Resolver) => unknown>();
  const get = <T>(token: ServiceToken<T>): T => {
    if (!made.has(token.key)) made.set(token.key, factories.get(token.key)?.({ get, all: () => [] }));
    return made.get(token.key) as T;
  };
  const bind = <T>(token: ServiceToken<T>): Binder<T> => ({
    toValue: (value) => void made.set(token.key, value),
    toClass: () => { throw new TypeError('not used'); },
    toFactory: (make) => void factories.set(token.key, make),
  });
  provider.register?.({ bind, config, logger });
  const start = async (): Promise<void> => {
    await provider.start?.({ get, all: () => [], config, logger });
  };
  return { start, get, stream, logger, metrics };
}

async function faultsOf(work: Promise<unknown>): Promise<readonly MeterlarkError[]> {
  const error: unknown = await work.then(() => undefined, (cause: unknown) => cause);
  if (!isMeterlarkError(error)) throw new TypeError('no coded error');
  return [error, ...(error.cause instanceof AggregateError ? (error.cause.errors as MeterlarkError[]) : [])];
}

describe('analyzer/source', () => {
  test('loads the files and folders of its setting at start, defines their metrics and counts events', async () => {
    await mkdir(join(folder, 'more/deep'), { recursive: true });
    await writeFile(join(folder, 'one.oal'), 'one = from(Service.*).count();');
    await writeFile(join(folder, 'more/deep/two.oal'), 'two = from(Service.latency).longAvg();');
    await writeFile(join(folder, 'more/read.me'), 'not a rule');
    const it = wire(['one.oal', 'more']);
    const emitter = it.get(SourceSink).open('Service', ['latency']);
    await it.start();
    expect(it.stream.definitions.map(({ name, origin, layer }) => [name, origin, layer])).toEqual([['one', 'one.oal', 'GENERAL'], ['two', 'more/deep/two.oal', 'GENERAL']]);
    emitter.emit(service('shop'), nowMs, [5]);
    emitter.emit(service('shop'), nowMs + 3_600_000, [5]);
    expect(it.stream.shown()).toEqual(['one: 1', 'two 1: 1', 'two: 5']);
    expect(it.metrics.value('meterlark_source_events_total')).toBe(2);
    expect(it.metrics.value('meterlark_source_late_total')).toBe(1);
    expect(it.metrics.value('meterlark_source_label_overflow_total')).toBe(0);
  });

  test('takes nothing from receivers', async () => {
    const it = wire();
    await it.start();
    expect(it.get(Analyzer).signals).toEqual([]);
    expect(it.get(Analyzer).hasRoom()).toBe(true);
  });

  test('all faults of all files are told at once, with file and line, and nothing is defined', async () => {
    await writeFile(join(folder, 'a.oal'), '\na = from(Service.*).cmp();');
    await writeFile(join(folder, 'b.oal'), 'b = from(Servise.*).cpm();');
    const it = wire();
    const [whole, ...faults] = await faultsOf(it.get(SourceRules).load(['.'], 'GENERAL'));
    expect(whole?.code).toBe('METERLARK_SOURCE_RULES');
    expect(faults.map(({ fields }) => [fields.file, fields.line])).toEqual([['b.oal', 1], ['a.oal', 2]].sort());
    expect(it.stream.definitions).toEqual([]);
  });

  test('rules of several loads add up under their layers, the same file twice is one, and conflicts between loads are found', async () => {
    await writeFile(join(folder, 'a.oal'), 'a = from(Service.*).count();');
    await writeFile(join(folder, 'b.oal'), 'b = from(Service.*).count();');
    await writeFile(join(folder, 'c.oal'), 'a = from(Endpoint.*).count();');
    const it = wire();
    const rules = it.get(SourceRules);
    await Promise.all([rules.load(['a.oal'], 'GENERAL'), rules.load(['b.oal', 'a.oal'], 'VIRTUAL_GENAI')]);
    expect(it.stream.definitions.map(({ name, layer }) => [name, layer])).toEqual([['a', 'GENERAL'], ['b', 'VIRTUAL_GENAI']]);
    it.get(SourceSink).open('Service', ['name']).emit(service('shop'), nowMs, ['shop']);
    expect(it.stream.shown()).toEqual(['a: 1', 'b: 1']);
    const [, conflict] = await faultsOf(rules.load(['c.oal'], 'GENERAL'));
    expect(conflict?.code).toBe('METERLARK_OAL_CONFLICT');
    expect(conflict?.message).toContain('a.oal');
    await rules.load(['b.oal'], 'GENERAL');
  });

  test('a file that is loaded later may disable what another made', async () => {
    const it = wire();
    const rules = it.get(SourceRules);
    await rules.load([{ name: 'a.oal', text: 'a = from(Service.*).count(); b = from(Service.*).cpm();' }], 'GENERAL');
    const emitter = it.get(SourceSink).open('Service', ['name']);
    emitter.emit(service('shop'), nowMs, ['shop']);
    await rules.load([{ name: 'disable.oal', text: 'disable(a); disable(segment);' }], 'GENERAL');
    emitter.emit(service('shop'), nowMs, ['shop']);
    expect(it.stream.shown()).toEqual(['a: 1', 'b: 2']);
  });

  test('rules that add to one metric are one definition', async () => {
    const it = wire();
    await it.get(SourceRules).load([{ name: 'a.oal', text: 'a = from(Service.*).count(); a = from(Endpoint.*).filter(status == true).count();'.replace('Endpoint', 'TCPService').replace('.filter(status == true)', '') }], 'GENERAL');
    expect(it.stream.definitions.map(({ name }) => name)).toEqual(['a']);
  });

  test.each([['missing.oal'], ['empty']])('a path that gives nothing (%s) is a fault with the setting named', async (path) => {
    await mkdir(join(folder, 'empty'));
    const [fault] = await faultsOf(wire().get(SourceRules).load([path], 'GENERAL'));
    expect([fault?.code, fault?.fields.path]).toEqual(['METERLARK_SOURCE_RULES_UNREADABLE', path]);
    expect(fault?.cure).toContain('rules');
  });

  test.each([[0], [-1], ['1s'], [null]])('refuses the apdex threshold %j', (value) => {
    expect(() => wire([], { shop: value })).toThrow(/apdexThresholds/);
  });

  test('checks rule files of its language only', () => {
    const reports = wire().get(RuleChecker).check([{ file: 'b.yaml', text: 'rules: []' }, { file: 'a.oal', text: 'a = from(Service.*).cpm();' }]);
    expect(reports.map(({ file, metrics }) => [file, ...metrics.map(({ name }) => name)])).toEqual([['a.oal', 'a']]);
  });
});
