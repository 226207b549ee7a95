import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Analyzer, Clock, isMeterlarkError, Logger, MeterRules, MetricStream, ProcessInfo, RuleChecker, SampleSink, SelfMetrics,
  type Binder, type MeterlarkError, type Resolver, type ServiceToken,
} from '@meterlark/core';
import { ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import provider from '../../src/index.js';
import { batch, counter, number, resource, serverStart } from './builders.js';
import { SummingStream } from './summing-stream.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meterlark-rules-'));
});
afterEach(() => rm(folder, { recursive: true }));

const rule = (name: string, by: string, exp = `x.sum(['service_name'${by}]).increase('PT1M')`): string =>
  `metricPrefix: my\nexpSuffix: service(['service_name'], Layer.GENERAL)\nmetricsRules:\n  - name: ${name}\n    exp: ${exp}\n`;

/** Wires the provider as the host does, with fakes around it. */
function wire(rules: readonly string[] = []): { readonly start: () => Promise<void>; readonly get: Resolver['get']; readonly stream: SummingStream; readonly logger: RecordingLogger } {
  const stream = new SummingStream();
  const logger = new RecordingLogger();
  const config = { rules, maxStreams: 100, streamIdleMs: 3_600_000 };
  const made = new Map<symbol, unknown>([
    [MetricStream.key, stream], [Logger.key, logger], [Clock.key, new ManualClock(serverStart)],
    [SelfMetrics.key, new RecordingMetrics()],
    [ProcessInfo.key, { version: '0', startedAtMs: serverStart, rootFolder: folder }],
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
  return { start, get, stream, logger };
}

async function faultsOf(work: Promise<unknown>): Promise<readonly MeterlarkError[]> {
  const error: unknown = await work.then(() => undefined, (cause: unknown) => cause);
  if (!isMeterlarkError(error)) throw new TypeError('no coded error');
  return [error, ...(error.cause instanceof AggregateError ? (error.cause.errors as MeterlarkError[]) : [])];
}

describe('analyzer/meter', () => {
  test('loads the files and folders of its setting at start and defines their metrics', async () => {
    await mkdir(join(folder, 'more/deep'), { recursive: true });
    await writeFile(join(folder, 'one.yaml'), rule('one', ''));
    await writeFile(join(folder, 'more/deep/two.yml'), rule('two', ", 'model'"));
    await writeFile(join(folder, 'more/read.me'), 'not: a rule');
    const it = wire(['one.yaml', 'more']);
    await it.start();
    expect(it.stream.definitions.map(({ name, origin }) => [name, origin])).toEqual([['my_one', 'one.yaml'], ['my_two', 'more/deep/two.yml']]);
    const sent = [counter('x', [number(5, { at: serverStart })], 'delta')];
    expect(it.get(Analyzer).accept(batch([resource({ 'service.name': 'shop' }, sent)])).rejected).toBe(0);
    expect(it.stream.value({ metric: 'my_one', service: 'shop' })).toBe(5);
  });

  test('takes samples of rules over logs through the same rules', async () => {
    const it = wire();
    await it.get(MeterRules).load([{ name: 'logs', text: rule('errors', '', "error_log.sum(['service_name']).downsampling(SUM)") }]);
    it.get(SampleSink).add('', [1, 1].map((value) => ({ name: 'error_log', labels: { service_name: 'shop' }, value, timeMs: serverStart })));
    expect(it.stream.value({ metric: 'my_errors', service: 'shop' })).toBe(2);
  });

  test('starts without rules', async () => {
    const it = wire();
    await it.start();
    expect(it.stream.definitions).toEqual([]);
    expect(it.get(Analyzer).signals).toEqual(['metrics']);
  });

  test('all faults of all files are told at once, with file and line, and nothing is defined', async () => {
    await writeFile(join(folder, 'a.yaml'), rule('a', '', 'x.summ()'));
    await writeFile(join(folder, 'b.yaml'), rule('b', '', 'x.sum('));
    const it = wire();
    const [whole, ...faults] = await faultsOf(it.get(MeterRules).load(['.']));
    expect(whole?.code).toBe('METERLARK_METER_RULES');
    expect(faults.map(({ fields }) => [fields.file, fields.line])).toEqual([['a.yaml', 5], ['b.yaml', 5]]);
    expect(it.stream.definitions).toEqual([]);
  });

  test('rules of several loads add up, the same file twice is one, and conflicts between loads are found', async () => {
    await writeFile(join(folder, 'a.yaml'), rule('a', ''));
    await writeFile(join(folder, 'b.yaml'), rule('b', ''));
    await writeFile(join(folder, 'c.yaml'), rule('a', ", 'model'"));
    const it = wire();
    const rules = it.get(MeterRules);
    await Promise.all([rules.load(['a.yaml']), rules.load(['b.yaml', 'a.yaml'])]);
    const sent = ['a', 'b'].map((metric) => ({ metric: `my_${metric}`, service: 'shop' }));
    it.get(Analyzer).accept(batch([resource({ 'service.name': 'shop' }, [counter('x', [number(5, { at: serverStart })], 'delta')])]));
    expect(sent.map((name) => it.stream.value(name))).toEqual([5, 5]);
    const [, conflict] = await faultsOf(rules.load(['c.yaml']));
    expect(conflict?.code).toBe('METERLARK_MAL_CONFLICT');
    expect(conflict?.message).toContain('a.yaml');
    await rules.load(['b.yaml']);
  });

  test('a plugin may bring its rules as text, named in faults', async () => {
    const it = wire();
    await it.get(MeterRules).load([{ name: 'carbon', text: rule('a', '') }]);
    expect(it.stream.definitions.map(({ name, origin }) => [name, origin])).toEqual([['my_a', 'carbon']]);
    const [, fault] = await faultsOf(it.get(MeterRules).load([{ name: 'broken', text: rule('b', '', 'x.sum(') }]));
    expect(fault?.fields.file).toBe('broken');
  });

  test.each([['missing.yaml'], ['empty']])('a path that gives nothing (%s) is a fault with the setting named', async (path) => {
    await mkdir(join(folder, 'empty'));
    const [fault] = await faultsOf(wire().get(MeterRules).load([path]));
    expect([fault?.code, fault?.fields.path]).toEqual(['METERLARK_METER_RULES_UNREADABLE', path]);
    expect(fault?.cure).toContain('rules');
  });

  test('a rule whose closure fails is warned of once', async () => {
    await writeFile(join(folder, 'a.yaml'), rule('a', '', "x.tag({ tags -> tags.a = tags.none.split('-')[0] }).sum(['service_name']).increase('PT1M')"));
    const it = wire(['a.yaml']);
    await it.start();
    const points = [1, 2].map((disk) => number(1, { at: serverStart, attributes: { disk } }));
    it.get(Analyzer).accept(batch([resource({ 'service.name': 'shop' }, [counter('x', points, 'delta')])]));
    expect(it.logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.metric)).toEqual(['my_a']);
  });

  test('checks rule files of its language only', () => {
    const checker = wire().get(RuleChecker);
    const reports = checker.check([{ file: 'b.yaml', text: 'rules: []' }, { file: 'a.yaml', text: rule('a', '') }]);
    expect(reports.map(({ file, metrics }) => [file, ...metrics.map(({ name }) => name)])).toEqual([['a.yaml', 'my_a']]);
  });
});
