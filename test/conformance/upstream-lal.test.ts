/**
 * Every LAL file of a SkyWalking checkout compiles as it is, and its tests' logs come out as it expects. Run with
 * METERLARK_TEST_SKYWALKING=<folder of the checkout>; nothing of it is kept here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileLogRules } from '@meterlark/analyzer-log';
import { PatternBudget } from '@meterlark/core';

const checkout = process.env['METERLARK_TEST_SKYWALKING'];
const rulesFolder = 'oap-server/server-starter/src/main/resources/lal';
const casesFolder = 'oap-server/analyzer/log-analyzer/src/test/resources';

if (checkout === undefined) {
  process.stdout.write('skipped: METERLARK_TEST_SKYWALKING does not name a checkout of apache/skywalking\n');
}

/** As docs/differences.md counts them. */
const rulesOfFiles: Readonly<Record<string, number>> = {
  'default.yaml': 1, 'envoy-ai-gateway.yaml': 2, 'envoy-als.yaml': 3, 'ios-metrickit.yaml': 1, 'k8s-service.yaml': 1, 'mesh-dp.yaml': 1,
  'miniprogram.yaml': 1, 'mysql-slowsql.yaml': 1, 'nginx.yaml': 2, 'pgsql-slowsql.yaml': 1, 'redis-slowsql.yaml': 1,
};
const neverRun = ['envoy-als', 'envoy-als-tcp'];

function texts(folder: string, wanted: (path: string) => boolean): { path: string; text: string }[] {
  const root = join(checkout ?? '', folder);
  if (checkout === undefined || !existsSync(root)) return [];
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml') && wanted(path)).sort();
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const isRules = ({ text }: { text: string }): boolean => /^\s+dsl:/m.test(text);

type Expected = Readonly<Record<string, string | number | boolean>>;
interface Case {
  readonly body?: string;
  readonly service?: string;
  readonly instance?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly 'source-attributes'?: Readonly<Record<string, string>>;
  readonly 'trace-id'?: string;
  readonly 'trace-segment-id'?: string;
  readonly 'span-id'?: number;
  readonly timestamp?: number;
  readonly expect: Expected;
}
type Rule = ReturnType<typeof compileLogRules>['rules'][number];
type Outcome = ReturnType<Rule['run']>;
type Told = string | number | boolean | undefined;

function runCase(rule: Rule, { body = '', service = '', instance = '', tags = {}, ...given }: Case): Outcome {
  const input = {
    service, instance, endpoint: '', layer: '', timeMs: given.timestamp ?? 0, timed: true, traceId: given['trace-id'] ?? '', contentType: 'text' as const, body,
    segmentId: given['trace-segment-id'] ?? '', spanId: given['span-id'] ?? -1,
    tag: (key: string) => tags[key] ?? '', tags: () => tags, sourceAttribute: (key: string) => given['source-attributes']?.[key] ?? '',
  };
  return rule.run(input, { allow: () => true, chance: () => 0, isWritable: () => true, mayReadYaml: () => true, patternBudget: () => new PatternBudget(), patternRefused: () => undefined });
}

/** Upstream's `sampledTrace.…` that is made behind the rule, and reasons of drops, which are counters here. */
const elsewhere = ['dropReason', 'noDropReason', 'sampledTrace.traceId', 'sampledTrace.serviceName', 'sampledTrace.serviceInstanceName', 'sampledTrace.timestamp'];

/** What upstream's tests name, as ours has it. */
function told(key: string, outcome: Outcome, given: Case): Told {
  const [kind = '', ...rest] = key.split('.');
  const name = rest.join('.');
  if (kind === 'tag') return outcome.tags.find(([tag]) => tag === name)?.[1] ?? '';
  if (kind === 'outputField' || kind === 'sampledTrace') return outcome.fields[name];
  const plain: Readonly<Record<string, Told>> = {
    service: outcome.service ?? given.service ?? '', instance: outcome.instance, endpoint: outcome.endpoint, layer: outcome.layer,
    timestamp: outcome.timeMs ?? given.timestamp, traceId: outcome.traceId ?? given['trace-id'], segmentId: outcome.segmentId ?? given['trace-segment-id'],
    spanId: outcome.spanId ?? given['span-id'], abort: outcome.aborted, contentType: outcome.contentType?.toUpperCase(),
    save: outcome.kept || outcome.aborted,
  };
  return plain[kind];
}

function compare(rule: Rule, given: Case): string[] {
  const outcome = runCase(rule, given);
  return Object.entries(given.expect).flatMap(([key, wanted]) => {
    const found = told(key, outcome, given);
    return elsewhere.includes(key) || String(found ?? '') === String(wanted) ? [] : [`${rule.file} ${rule.name} ${key}: ${String(found ?? '')}, not ${String(wanted)}`];
  });
}

describe.skipIf(checkout === undefined)('SkyWalking’s own LAL files', () => {
  it('compile as they are, all together, none refused', () => {
    const { rules, faults } = compileLogRules(texts(rulesFolder, () => true));
    expect(faults.map(({ message }) => message)).toEqual([]);
    const counts: Record<string, number> = {};
    for (const { file } of rules) counts[file] = (counts[file] ?? 0) + 1;
    expect(counts).toEqual(rulesOfFiles);
    expect(rules.filter(({ runs }) => !runs).map(({ name }) => name)).toEqual(neverRun);
  });

  it('of its tests compile, each by itself', () => {
    const files = texts(casesFolder, (path) => !path.endsWith('.data.yaml')).filter(isRules);
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap((file) => compileLogRules([file]).faults.map(({ message }) => message))).toEqual([]);
  });

  it('make of the logs of its tests what it expects', () => {
    const files = texts(casesFolder, (path) => !path.endsWith('.data.yaml')).filter(isRules);
    let compared = 0;
    const differences = files.flatMap((file) => {
      const data = file.path.replace(/\.yaml$/, '');
      const found = ['.data.yaml', '.input.data'].map((ending) => join(checkout ?? '', casesFolder, data + ending)).find((path) => existsSync(path));
      if (found === undefined) return [];
      const cases = parse(readFileSync(found, 'utf8')) as Readonly<Record<string, Case | readonly Case[]>>;
      return compileLogRules([file]).rules.filter(({ runs }) => runs).flatMap((rule) => [cases[rule.name] ?? []].flat().flatMap((given) => {
        compared += 1;
        return compare(rule, given);
      }));
    });
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(50);
  });
});
